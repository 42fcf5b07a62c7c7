import { type EventTable, reward } from '../events.ts';

export interface AnccrParameters {
  /** s: how far back causes are looked for. */
  timescale: number;
  /** Learning rate of eligibilities at events. */
  alpha: number;
  /** Learning rate of the baseline, in parts of alpha. Default 1. */
  baselineRate?: number;
  /** Learning rate of causal weights. Default 0.2. */
  weightRate?: number;
  /** Weight w of successors in the net contingency, the rest being that of predecessors. Default 0.5. */
  prospection?: number;
  /** From which contingency on an event is a cause, and from which dopamine on it has a meaning of its own. Default 0.6. */
  threshold?: number;
  /** Events a second below which what follows an event is not told: its successor contingency is taken for zero. Default 0.001. */
  leastRate?: number;
  /** s from one sample of the baseline to the next. Default 0.2. */
  samplingInterval?: number;
}

export interface AnccrResult {
  /** Names of the kinds of events, in order of appearance, rewards last. */
  kinds: readonly string[];
  /** Dopamine at each event. */
  dopamine: Float64Array;
  /** Net contingency in the end, kinds x kinds: of the row as a cause of the column. */
  contingency: Float64Array;
}

/**
 * Adjusted net contingency for causal relations. Dopamine does not tell errors of prediction but which events have a cause
 * worth learning. Of events i and j it keeps
 *
 *     M_ij, the mean eligibility trace of i at events j, and M_i, the same at any time;
 *     PRC_ij = M_ij - M_i, how much more of i comes before j than by chance, and SRC_ij = PRC_ij M_j / M_i, by Bayes' rule how
 *     much more of j comes after i;
 *     NC_ij = w SRC_ij + (1 - w) PRC_ij, the net contingency;
 *     ANCCR_ij = NC_ij R_ij - sum over causes l of i of ANCCR_lj Delta_l, what an earlier cause has not told already.
 *
 * Dopamine at an event is the sum of its ANCCR over what has a meaning; reward has one from the start, other events gain one
 * when they bring dopamine.
 *
 * @see Jeong et al. (2022), Mesolimbic dopamine release conveys causal associations, Science 378, and its supplement
 */
export function anccr(events: EventTable, parameters: AnccrParameters): AnccrResult {
  const { timescale, alpha, baselineRate = 1, weightRate = 0.2, prospection = 0.5, threshold = 0.6 } = parameters;
  const { leastRate = 1e-3, samplingInterval = 0.2 } = parameters;
  const names = [...new Set(events.map(({ event }) => event))];
  const kinds = [...names.filter((name) => name !== reward), ...names.filter((name) => name === reward)];
  const n = kinds.length;
  const sampleDecay = Math.exp(-samplingInterval / timescale);

  const trace = new Float64Array(n);
  const sampled = new Float64Array(n);
  const baseline = new Float64Array(n);
  const recency = new Float64Array(n);
  const seen = new Int32Array(n);
  const meaningful = kinds.map((kind) => kind === reward);
  // n x n, row i of cause, column j of effect.
  const atEvents = new Float64Array(n * n);
  const contingency = new Float64Array(n * n);
  const adjusted = new Float64Array(n * n);
  const weights = new Float64Array(n * n);
  const dopamine = new Float64Array(events.length);

  let sample = 0;
  /** The first event that no sample of the baseline has counted yet. */
  let pending = 0;
  let before = 0;
  events.forEach(({ time, event, magnitude }, index) => {
    sampleUntil(time, index);
    const j = kinds.indexOf(event);
    const outcome = event === reward ? magnitude : 0;
    const decay = Math.exp(-(time - before) / timescale);
    before = time;
    for (let i = 0; i < n; i++) {
      trace[i] *= decay;
      recency[i] *= decay;
    }
    trace[j] += 1;
    recency[j] = 1;
    seen[j]++;
    if (meaningful[j]) for (let i = 0; i < n; i++) atEvents[i * n + j] += alpha * (trace[i] - atEvents[i * n + j]);

    updateContingency();
    weights[j * n + j] = outcome;
    adjusted.fill(0, j * n, j * n + n);
    for (let k = 0; k < n; k++) adjust(k);
    for (let effect = 0; effect < n; effect++) if (meaningful[effect]) dopamine[index] += adjusted[j * n + effect];
    meaningful[j] ||= dopamine[index] > threshold;
    learnWeights(j, outcome, dopamine[index]);
  });
  return { kinds, dopamine, contingency };

  /** Baselines are sampled at a steady rate, all events before the sample counting. */
  function sampleUntil(time: number, index: number): void {
    for (; sample * samplingInterval < time; sample++) {
      const at = sample * samplingInterval;
      for (let i = 0; i < n; i++) sampled[i] *= sampleDecay;
      for (; pending < index && events[pending].time <= at; pending++) {
        sampled[kinds.indexOf(events[pending].event)] += Math.exp((events[pending].time - at) / timescale);
      }
      for (let i = 0; i < n; i++) baseline[i] += baselineRate * alpha * (sampled[i] - baseline[i]);
    }
  }

  function updateContingency(): void {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const known = seen[i] > 0 && seen[j] > 0;
        const predecessor = known ? atEvents[i * n + j] - baseline[i] : 0;
        const rare = baseline[i] / timescale < leastRate;
        const successor = rare ? 0 : (predecessor * baseline[j]) / baseline[i];
        contingency[i * n + j] = prospection * successor + (1 - prospection) * predecessor;
      }
    }
  }

  function isCause(l: number, k: number): boolean {
    return l !== k && contingency[l * n + k] > threshold;
  }

  function adjust(k: number): void {
    for (let j = 0; j < n; j++) {
      let told = 0;
      for (let l = 0; l < n; l++) if (isCause(l, k)) told += adjusted[l * n + j] * recency[l];
      adjusted[k * n + j] = contingency[k * n + j] * weights[k * n + j] - told;
    }
  }

  /** A better outcome than told moves the weights of all to it; a worse one takes from its causes, the recent ones most. */
  function learnWeights(j: number, outcome: number, found: number): void {
    if (found >= 0) {
      for (let i = 0; i < n; i++) weights[i * n + j] += weightRate * (outcome - weights[i * n + j]);
      return;
    }
    let total = 0;
    for (let i = 0; i < n; i++) if (isCause(i, j)) total += recency[i] / seen[i];
    for (let i = 0; i < n; i++) {
      if (isCause(i, j)) weights[i * n + j] *= 1 - (weightRate * (recency[i] / seen[i])) / total;
    }
  }
}
