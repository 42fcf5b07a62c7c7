import { type Arm, loadArm } from '../../../envs/robot-arm/arm.ts';
import { ArmParameters, type ArmParameterValues } from '../../../envs/robot-arm/arm-parameters.ts';
import type { ArmParts } from '../../../envs/robot-arm/arm-parts.ts';
import { Random } from '../../../src/core/random.ts';

const everyNth = 4;

/**
 * The log of an arm with these parameters whose joints swing through sines of their own, with noise on the torques: what a
 * recording of a real arm would be. The model should have a time step of a millisecond.
 */
export function excitedLog(
  model: string | undefined,
  parts: ArmParts,
  truth: (nominal: ArmParameterValues) => ArmParameterValues,
  { seconds = 12, noise = 0.02, seed = 1, still = [] as number[] } = {},
): { csv: string; names: readonly string[] } {
  const arm: Arm = loadArm(model, parts, true);
  const parameters = new ArmParameters(arm);
  parameters.write(truth(parameters.nominal));
  arm.place(arm.neutral);
  const { simulation, count, neutral } = arm;
  const random = new Random(seed);
  const phases = Array.from({ length: count }, () => random.uniform(0, 6));
  const targets = new Float64Array(count);
  const columns = ['q', 'dq', 'tau'].flatMap((name) => arm.jointNames.map((joint) => `${name}_${joint}`));
  const lines = [`t,${columns.join(',')}`];
  const steps = Math.round(seconds / simulation.timeStep);
  for (let step = 0; step < steps; step++) {
    const t = step * simulation.timeStep;
    for (let i = 0; i < count; i++) {
      // From rest, or the servo jumps.
      const swing =
        0.3 * Math.min(t, 1) * (Math.sin((2 + 0.7 * i) * t + phases[i]) + 0.5 * Math.sin((5 + 0.9 * i) * t));
      targets[i] = neutral[i] + (still.includes(i) ? 0 : swing);
    }
    const state = [...arm.positions, ...arm.velocities];
    const before = arm.torques.slice();
    arm.follow(targets, 1);
    // At the moment itself: between the torques of the step that led to it and of the one that follows.
    const torques = Array.from(arm.torques, (torque, i) => (torque + before[i]) / 2 + noise * random.normal());
    if (step % everyNth === 0) lines.push([t.toFixed(6), ...state, ...torques].join(','));
  }
  simulation.dispose();
  return { csv: `${lines.join('\n')}\n`, names: arm.jointNames };
}

/** Two links that hang from a ceiling, at a millisecond a step. */
export const twoLinks = `<mujoco><compiler angle="radian" autolimits="true"/>
<option timestep="0.001" integrator="RK4"/>
<default><geom contype="0" conaffinity="0"/></default>
<worldbody><body pos="0 0 2">
  <joint name="shoulder" axis="0 1 0" damping="0.5" armature="0.05"/>
  <geom type="capsule" size=".03" fromto="0 0 0 0 0 -.4" mass="2"/>
  <body pos="0 0 -.4">
    <joint name="elbow" axis="0 1 0" damping="0.5" armature="0.05"/>
    <geom type="capsule" size=".03" fromto="0 0 0 0 0 -.3" mass="1"/>
    <site name="tip" pos="0 0 -.3"/>
  </body>
</body></worldbody>
<actuator><motor joint="shoulder" ctrlrange="-200 200"/><motor joint="elbow" ctrlrange="-200 200"/></actuator></mujoco>`;
