import { UserError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { minimiseNonNegative } from '../../../src/estimators/non-negative-quadratic.ts';
import { quantile } from '../../../src/estimators/statistics.ts';
import type { Arm } from '../arm.ts';
import { ArmParameters } from '../arm-parameters.ts';
import { smoothed, smoothedSlope } from './differentiate.ts';
import { indistinct } from './indistinct.ts';
import type { JointLog } from './joint-log.ts';

export interface Estimated {
  value: number;
  /** Ends of the 95 % interval. */
  low: number;
  high: number;
}

export interface JointFit {
  joint: string;
  /** N m s/rad, and kg m^2. */
  damping: Estimated;
  armature: Estimated;
  /** As the model has them. */
  modelDamping: number;
  modelArmature: number;
  /** Root mean square of the torque that the model does not explain, N m: with its own parameters, and with those found. */
  before: number;
  after: Estimated;
  /** Whether it moved enough to tell its damping and armature; else they are the model's. */
  moved: boolean;
}

export interface ArmFit {
  joints: JointFit[];
  /** kg. */
  payload: Estimated;
  /** `damping.elbow`, `armature.elbow` or `payload`: pairs that the log does not tell apart, and single ones it says nothing of. */
  indistinct: string[][];
  samples: number;
  interval: number;
}

export interface FitSettings {
  /** Samples over which motion is smoothed and differentiated, odd. Default 9. */
  window?: number;
  /** Bootstrap resamples. Default 500. */
  resamples?: number;
  seed?: number;
}

/** s: blocks that the bootstrap draws, long beside what noise remembers. */
const blockSeconds = 0.5;
/** Into which blocks are cut: they start at each of them. */
const piecesPerBlock = 4;
/** With fewer, intervals would be too narrow by far. */
const leastBlocks = 8;
/** rad: a joint that stays within does not tell its damping, but the noise of its sensor. */
const leastTravel = 0.01;

/**
 * Fits damping and armature of each joint and a payload at the tip to a log, by non-negative least squares on the torques:
 *
 *     tau = ID(q, dq, ddq) + damping dq + armature ddq + payload Y(q, dq, ddq),
 *
 * ID being the inverse dynamics of the model without these three. They enter linearly. Each joint counts in units of what
 * it leaves unexplained. Intervals are those of a moving-block bootstrap, with blocks of half a second.
 *
 * @param arm loaded with a payload
 * @throws UserError for a log too short for intervals
 * @see Siciliano et al. (2009), Robotics, section 7.3; Kunsch (1989), The jackknife and the bootstrap for general stationary
 *   observations, Annals of Statistics 17(3)
 */
export function fitArm(arm: Arm, log: JointLog, settings: FitSettings = {}): ArmFit {
  const { window = 9, resamples = 500, seed = 0 } = settings;
  const n = arm.count;
  const { nominal } = new ArmParameters(arm);
  const blockRows = Math.max(piecesPerBlock, Math.round(blockSeconds / log.interval));
  if (log.samples - window + 1 < leastBlocks * blockRows) {
    const [least, given] = [leastBlocks * blockRows + window - 1, log.samples].map((samples) => samples * log.interval);
    throw new UserError(`Expected a log of at least ${least.toFixed(1)} s, but it spans ${given.toFixed(1)} s.`);
  }
  const equations = regression(arm, log, window);
  const moved = equations.travels.map((travel) => travel > leastTravel);
  const pieces = summarise(equations, n, Math.floor(blockRows / piecesPerBlock), moved);

  const all = pieces.map((_, piece) => piece);
  const first = solve(normalEquations(pieces, all, new Float64Array(n).fill(1)));
  const scale = rootMeanSquares(pieces, all, first);
  const equationsOfAll = normalEquations(pieces, all, scale);
  const found = solve(equationsOfAll);
  const after = rootMeanSquares(pieces, all, found);

  const random = new Random(seed);
  const drawn = all.slice();
  const parameters: number[][] = Array.from(found, () => []);
  const errors: number[][] = Array.from({ length: n }, () => []);
  for (let k = 0; k < resamples; k++) {
    let start = 0;
    for (let i = 0; i < drawn.length; i++) {
      if (i % piecesPerBlock === 0) start = Math.floor(random.double() * (pieces.length - piecesPerBlock + 1));
      drawn[i] = start + (i % piecesPerBlock);
    }
    const resampled = solve(normalEquations(pieces, drawn, scale));
    const unexplained = rootMeanSquares(pieces, drawn, resampled);
    for (let p = 0; p < resampled.length; p++) parameters[p].push(resampled[p]);
    for (let joint = 0; joint < n; joint++) errors[joint].push(unexplained[joint]);
  }
  const estimate = (value: number, spread: readonly number[]): Estimated => ({
    value,
    low: quantile(spread, 0.025),
    high: quantile(spread, 0.975),
  });
  const certain = (value: number): Estimated => ({ value, low: value, high: value });

  const own = new Float64Array(2 * n + 1);
  own.set(nominal.damping);
  own.set(nominal.armature, n);
  const before = rootMeanSquares(pieces, all, own);
  const names = ['damping', 'armature'].flatMap((name) => arm.jointNames.map((joint) => `${name}.${joint}`));
  return {
    joints: arm.jointNames.map((joint, i) => ({
      joint,
      damping: moved[i] ? estimate(found[i], parameters[i]) : certain(nominal.damping[i]),
      armature: moved[i] ? estimate(found[n + i], parameters[n + i]) : certain(nominal.armature[i]),
      modelDamping: nominal.damping[i],
      modelArmature: nominal.armature[i],
      before: before[i],
      after: estimate(after[i], errors[i]),
      moved: moved[i],
    })),
    payload: estimate(found[2 * n], parameters[2 * n]),
    indistinct: indistinct(equationsOfAll.matrix, [...names, 'payload']).filter(
      (group) => group.length > 1 || group[0] === 'payload',
    ),
    samples: equations.rows,
    interval: log.interval,
  };
}

/** For each sample and joint: velocity, acceleration, what a payload of 1 kg adds, and the torque that is to be explained. */
interface Equations {
  rows: number;
  velocities: Float64Array;
  accelerations: Float64Array;
  payload: Float64Array;
  torques: Float64Array;
  /** From the lowest to the highest position of each joint, rad. */
  travels: number[];
}

function regression(arm: Arm, log: JointLog, window: number): Equations {
  const n = arm.count;
  const positions = smoothed(log.positions, n, window);
  const velocities = smoothed(log.velocities, n, window);
  const accelerations = smoothedSlope(log.velocities, n, window, log.interval);
  const torques = smoothed(log.torques, n, window);
  const rows = torques.length / n;

  const parameters = new ArmParameters(arm);
  const bare = { damping: new Float64Array(n), armature: new Float64Array(n), payload: 0 };
  const without = inverseDynamics(bare);
  const payload = inverseDynamics({ ...bare, payload: 1 });
  parameters.write(parameters.nominal);
  for (let at = 0; at < torques.length; at++) {
    payload[at] -= without[at];
    torques[at] -= without[at];
  }
  const travels = arm.jointNames.map((_, joint) => {
    let [low, high] = [positions[joint], positions[joint]];
    for (let at = joint; at < positions.length; at += n) {
      low = Math.min(low, positions[at]);
      high = Math.max(high, positions[at]);
    }
    return high - low;
  });
  return { rows, velocities, accelerations, payload, torques, travels };

  function inverseDynamics(values: Parameters<ArmParameters['write']>[0]): Float64Array {
    parameters.write(values);
    const { simulation, places, dofs } = arm;
    const forces = new Float64Array(simulation.nv);
    const out = new Float64Array(rows * n);
    for (let row = 0; row < rows; row++) {
      const { qpos, qvel, qacc } = simulation;
      for (let i = 0; i < n; i++) {
        qpos[places[i]] = positions[row * n + i];
        qvel[dofs[i]] = velocities[row * n + i];
        qacc[dofs[i]] = accelerations[row * n + i];
      }
      simulation.inverseDynamics(forces);
      for (let i = 0; i < n; i++) out[row * n + i] = forces[dofs[i]];
    }
    return out;
  }
}

/** Products of the regressors of one piece of the log and one joint: R' R, R' y, y' y and the number of rows. */
interface Products {
  matrix: Float64Array;
  linear: Float64Array;
  square: number;
  rows: number;
}

/** pieces x joints. */
type Pieces = Products[][];

function summarise(equations: Equations, n: number, pieceRows: number, moved: readonly boolean[]): Pieces {
  const { rows, velocities, accelerations, payload, torques } = equations;
  const size = 2 * n + 1;
  const count = Math.floor(rows / pieceRows);
  return Array.from({ length: count }, (_, piece) =>
    Array.from({ length: n }, (_, joint) => {
      const products = { matrix: new Float64Array(size * size), linear: new Float64Array(size), square: 0, rows: 0 };
      const end = piece === count - 1 ? rows : (piece + 1) * pieceRows;
      // Only three of a joint's regressors are not zero.
      const columns = [joint, n + joint, 2 * n];
      for (let row = piece * pieceRows; row < end; row++) {
        const at = row * n + joint;
        const regressors = [moved[joint] ? velocities[at] : 0, moved[joint] ? accelerations[at] : 0, payload[at]];
        regressors.forEach((a, i) => {
          products.linear[columns[i]] += a * torques[at];
          regressors.forEach((b, j) => {
            products.matrix[columns[i] * size + columns[j]] += a * b;
          });
        });
        products.square += torques[at] ** 2;
        products.rows++;
      }
      return products;
    }),
  );
}

interface NormalEquations {
  matrix: Float64Array;
  linear: Float64Array;
}

/** @param scale what a joint's error counts in, N m */
function normalEquations(pieces: Pieces, chosen: readonly number[], scale: Float64Array): NormalEquations {
  const size = pieces[0][0].linear.length;
  const matrix = new Float64Array(size * size);
  const linear = new Float64Array(size);
  for (const piece of chosen) {
    pieces[piece].forEach((products, joint) => {
      const weight = 1 / (scale[joint] * scale[joint]);
      for (let i = 0; i < matrix.length; i++) matrix[i] += weight * products.matrix[i];
      for (let i = 0; i < size; i++) linear[i] += weight * products.linear[i];
    });
  }
  return { matrix, linear };
}

function solve({ matrix, linear }: NormalEquations): Float64Array {
  const size = linear.length;
  const regular = matrix.slice();
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i];
  // What no sample tells about stays at zero.
  for (let i = 0; i < size; i++) regular[i * size + i] += 1e-12 * trace;
  const found = new Float64Array(size);
  minimiseNonNegative(regular, linear, found);
  return found;
}

/** Of the torque that is left unexplained, for each joint; at least a billionth, for it is divided by. */
function rootMeanSquares(pieces: Pieces, chosen: readonly number[], parameters: Float64Array): Float64Array {
  const n = pieces[0].length;
  const size = parameters.length;
  const errors = new Float64Array(n);
  for (let joint = 0; joint < n; joint++) {
    let squares = 0;
    let rows = 0;
    for (const piece of chosen) {
      const { matrix, linear, square, rows: count } = pieces[piece][joint];
      squares += square;
      rows += count;
      for (let i = 0; i < size; i++) {
        let product = -2 * linear[i];
        for (let j = 0; j < size; j++) product += matrix[i * size + j] * parameters[j];
        squares += parameters[i] * product;
      }
    }
    errors[joint] = Math.max(Math.sqrt(Math.max(squares, 0) / rows), 1e-9);
  }
  return errors;
}
