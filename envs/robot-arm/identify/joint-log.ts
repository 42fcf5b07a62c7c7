import { parseDecimal, quoteCell, readCsv } from '../../../src/core/csv.ts';
import { UserError } from '../../../src/core/errors.ts';

/** Samples of all joints of an arm at a steady rate. Arrays are samples x joints, row by row. */
export interface JointLog {
  /** From one sample to the next, s. */
  interval: number;
  samples: number;
  /** rad, rad/s, N m. */
  positions: Float64Array;
  velocities: Float64Array;
  torques: Float64Array;
}

const leastSamples = 50;
/** Share of the interval by which a step may differ from it. */
const steadiness = 0.2;
/** rad beyond a joint's range, or in all where it has none, from which on angles are taken to be degrees. */
const slack = 0.5;
const implausibleAngle = 20;
/** s: a log that is sampled more slowly has most likely milliseconds for seconds. */
const implausibleInterval = 1;
/** Greatest ratio, either way, of the rate at which positions change to the velocities beside them. */
const agreement = 5;

/**
 * Reads a log: a header `t,q1,...,dq1,...,tau1,...`, or with the joints' names, `q_elbow`, and one line a sample.
 *
 * @param jointNames in the order in which numbers count them
 * @param limits lower and upper limit of each joint in turn, in rad
 * @param source name of the file, for messages
 * @throws UserError telling what was expected and where, for columns that are missing, cells that are no numbers, times that
 *   do not rise steadily, and units that cannot be right
 */
export function readJointLog(
  text: string,
  jointNames: readonly string[],
  limits: Float64Array,
  source: string,
): JointLog {
  const [header, ...lines] = readCsv(text, source, "a header 't,q1,...,dq1,...,tau1,...' and one line a sample");
  const n = jointNames.length;
  const columnsOf = (quantity: string) =>
    jointNames.map((joint, i) => {
      const at = [`${quantity}${i + 1}`, `${quantity}_${joint}`].map((name) => header.indexOf(name));
      const found = at.find((index) => index >= 0);
      if (found !== undefined) return found;
      throw new UserError(
        `${source}, line 1: expected a column '${quantity}${i + 1}' or '${quantity}_${joint}' for each of the ${n} joints ` +
          `(${jointNames.join(', ')}), but found ${header.join(', ') || 'nothing'}.`,
      );
    });
  const timeColumn = header.indexOf('t');
  if (timeColumn < 0) throw new UserError(`${source}, line 1: expected a column 't', the time in seconds.`);
  const columns = [columnsOf('q'), columnsOf('dq'), columnsOf('tau')];
  const samples = lines.length;
  if (samples < leastSamples) {
    throw new UserError(`${source}: expected at least ${leastSamples} samples, but there are ${samples}.`);
  }

  const times = new Float64Array(samples);
  const [positions, velocities, torques] = columns.map(() => new Float64Array(samples * n));
  const quantities = [positions, velocities, torques];
  for (let row = 0; row < samples; row++) {
    const cells = lines[row];
    const where = `${source}, line ${row + 2}`;
    if (cells.length !== header.length) {
      throw new UserError(`${where}: expected ${header.length} cells as in the header, but there are ${cells.length}.`);
    }
    const read = (column: number) => {
      const value = parseDecimal(cells[column]);
      if (Number.isFinite(value)) return value;
      throw new UserError(
        `${where}, column ${header[column]}: expected a number, but found ${quoteCell(cells[column])}.`,
      );
    };
    times[row] = read(timeColumn);
    columns.forEach((of, quantity) => {
      of.forEach((column, joint) => {
        quantities[quantity][row * n + joint] = read(column);
      });
    });
  }
  const interval = steadyInterval(times, source);
  refuseDegrees(positions, jointNames, limits, source);
  refuseMixedUnits(positions, velocities, n, interval, source);
  return { interval, samples, positions, velocities, torques };
}

function steadyInterval(times: Float64Array, source: string): number {
  const interval = (times[times.length - 1] - times[0]) / (times.length - 1);
  for (let row = 1; row < times.length; row++) {
    const step = times[row] - times[row - 1];
    if (step <= 0) {
      throw new UserError(
        `${source}, line ${row + 2}: the time goes from ${times[row - 1]} to ${times[row]}. Expected times that rise.`,
      );
    }
    if (Math.abs(step - interval) > steadiness * interval) {
      throw new UserError(
        `${source}, line ${row + 2}: ${round(step)} s pass since the line before, but ${round(interval)} s on average. ` +
          'Accelerations need a steady rate: resample the log, or cut it at the gap.',
      );
    }
  }
  if (interval > implausibleInterval) {
    throw new UserError(
      `${source}: samples are ${round(interval)} s apart, too far for the motion between them. If the times are ` +
        'milliseconds, divide them by 1000.',
    );
  }
  return interval;
}

function refuseDegrees(positions: Float64Array, names: readonly string[], limits: Float64Array, source: string): void {
  const n = names.length;
  positions.forEach((angle, at) => {
    const joint = at % n;
    const [low, high] = [limits[2 * joint], limits[2 * joint + 1]];
    const within = Number.isFinite(low + high) ? angle > low - slack && angle < high + slack : true;
    if (within && Math.abs(angle) < implausibleAngle) return;
    const range = Number.isFinite(low + high) ? ` The model lets it go from ${round(low)} to ${round(high)} rad.` : '';
    throw new UserError(
      `${source}, line ${Math.floor(at / n) + 2}: joint ${names[joint]} is at ${round(angle)} rad.${range} If the angles ` +
        'are degrees, multiply them by pi / 180; otherwise this is not a log of this arm.',
    );
  });
}

/** Positions, velocities and times tell each other's units. */
function refuseMixedUnits(q: Float64Array, dq: Float64Array, n: number, interval: number, source: string): void {
  let products = 0;
  let squares = 0;
  for (let at = n; at < q.length - n; at++) {
    products += ((q[at + n] - q[at - n]) / (2 * interval)) * dq[at];
    squares += dq[at] ** 2;
  }
  const ratio = squares === 0 ? 1 : products / squares;
  if (ratio > 1 / agreement && ratio < agreement) return;
  throw new UserError(
    `${source}: positions change at ${round(ratio)} times the velocities beside them. Expected s, rad and rad/s: a ratio of ` +
      '0.001 comes from times in milliseconds, 57.3 from positions in degrees, 0.0175 from velocities in degrees per second.',
  );
}

const round = (value: number) => Number(value.toPrecision(4));
