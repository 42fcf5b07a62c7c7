import { checkKeys } from '../../src/core/nearest.ts';
import { register } from '../../src/core/registry.ts';
import { cart, LinearQuadraticRegulator } from '../../src/lab/problems/lqr.ts';
import { Acrobot, type AcrobotOptions } from './acrobot.ts';
import { CartPole, type CartPoleOptions } from './cart-pole.ts';
import { MountainCar, type MountainCarOptions } from './mountain-car.ts';
import { MountainCarContinuous } from './mountain-car-continuous.ts';
import { Pendulum, type PendulumOptions } from './pendulum.ts';

register({
  id: 'CartPole-v1',
  create: (options: CartPoleOptions) => new CartPole(options),
  maxEpisodeSteps: 500,
  rewardThreshold: 475,
  description: 'Keep a pole upright on a cart pushed left or right.',
});

register({
  id: 'Acrobot-v1',
  create: (options: AcrobotOptions) => new Acrobot(options),
  maxEpisodeSteps: 500,
  rewardThreshold: -100,
  description: 'Swing the end of two links up by a torque between them.',
});

register({
  id: 'Pendulum-v1',
  create: (options: PendulumOptions) => new Pendulum(options),
  maxEpisodeSteps: 200,
  description: 'Swing a pendulum up and hold it by a weak torque.',
});

register({
  id: 'MountainCar-v0',
  create: (options: MountainCarOptions) => new MountainCar(options),
  maxEpisodeSteps: 200,
  rewardThreshold: -110,
  description: 'Drive a weak car out of a valley, three pushes.',
});

register({
  id: 'MountainCarContinuous-v0',
  create: (options: MountainCarOptions) => new MountainCarContinuous(options),
  maxEpisodeSteps: 999,
  rewardThreshold: 90,
  description: 'Drive a weak car out of a valley, any force.',
});

register({
  id: 'upslope/LQR-v0',
  create: (options: Record<string, unknown>) => {
    checkKeys('LQR option', options, []);
    return new LinearQuadraticRegulator(cart);
  },
  maxEpisodeSteps: 100,
  description: 'Hold a cart at a point: linear dynamics, a quadratic cost, and a known optimum.',
});

export { Acrobot, type AcrobotOptions } from './acrobot.ts';
export { CartPole, type CartPoleOptions } from './cart-pole.ts';
export { MountainCar, type MountainCarOptions } from './mountain-car.ts';
export { MountainCarContinuous } from './mountain-car-continuous.ts';
export { Pendulum, type PendulumOptions } from './pendulum.ts';
