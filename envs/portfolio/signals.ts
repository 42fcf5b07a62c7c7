/** What the environment publishes after each step, in this order; explained in `README.md`. */
export const signalNames = [
  'logReturn',
  'grossReturn',
  'cost',
  'turnover',
  'wealth',
  'drawdown',
  'concentration',
  'maxWeight',
  'cashWeight',
  'benchmarkLogReturn',
  'netReturn',
  'squaredReturn',
  'excessReturn',
  'drawdownIncrease',
  'maxDrawdown',
  'maxDrawdownIncrease',
  'grossExposure',
  'netExposure',
  'differentialSharpe',
  'differentialDownside',
  'cvar',
] as const;

const concentrationAt = signalNames.indexOf('concentration');
const grossExposureAt = signalNames.indexOf('grossExposure');

/** Writes the signals that tell of weights. */
export function describeWeights(weights: Float64Array, signals: Float64Array): void {
  let concentration = weights[0] * weights[0];
  let largest = Math.abs(weights[0]);
  let gross = 0;
  let net = 0;
  for (let i = 1; i < weights.length; i++) {
    const weight = weights[i];
    const size = Math.abs(weight);
    concentration += weight * weight;
    if (size > largest) largest = size;
    gross += size;
    net += weight;
  }
  signals[concentrationAt] = concentration;
  signals[concentrationAt + 1] = largest;
  signals[concentrationAt + 2] = weights[0];
  signals[grossExposureAt] = gross;
  signals[grossExposureAt + 1] = net;
}
