import type { ReportSection, Table } from '../src/report/types.ts';

/** A deterministic policy: reads one raw (not normalised) observation row and writes one action row. */
export interface Actor {
  (observation: Float32Array, action: Float32Array): void;
  /** To be called where an episode begins, if there is one: what the policy remembers ends there. */
  startEpisode?(): void;
}

/** What a policy expects, for domains that ask what surprises it. */
export interface Critic {
  /** Of a raw observation row that the actor has not been asked about yet, in units of the reward. */
  value(observation: Float32Array): number;
  /** By which it was trained to discount. */
  gamma: number;
}

/** What a domain finds out about a policy, in the domain's own measures. */
export interface DomainEvaluation {
  metrics: Record<string, number>;
  /** One line for the policy, first, and one for each rule it is held against. */
  table: Table;
  sections: ReportSection[];
}

/** What a domain adds to an evaluation beyond returns per episode. */
export interface Domain {
  /**
   * @param environmentOptions options of the environment the policy is to be evaluated in
   * @throws UserError for options that do not fit
   */
  evaluate(actor: Actor, environmentOptions: Record<string, unknown>, critic?: Critic): DomainEvaluation;
  /**
   * Parts of the data to train and to test on in turn, where they have an order in time.
   *
   * @throws UserError for options that do not fit, and where there is too little data for so many folds
   */
  walkForward?(environmentOptions: Record<string, unknown>, settings: WalkForwardSettings): WalkForward;
}

export interface WalkForwardSettings {
  folds: number;
  /** First day of the first test part, ISO; where the test split begins when absent. */
  from?: string;
  /** Days right before a test part by which the best policy is chosen. */
  validationDays: number;
  /** Days left out before validation and before test, because returns of the decisions before reach into them. */
  purge: number;
  /** Days left out besides, against what carries over from one day to the next. */
  embargo: number;
}

/** Environment options, on top of a scenario's, of the parts of one fold. */
export interface Fold {
  /** First and last day of each part, for people. */
  spans: { train: string; validation: string; test: string };
  train: Record<string, unknown>;
  validation: Record<string, unknown>;
  test: Record<string, unknown>;
}

export interface WalkForward {
  folds: Fold[];
  /** Options of all test parts as one. */
  joined: Record<string, unknown>;
  /** The folds' policies as one actor for one pass over `joined`. */
  join(actors: readonly Actor[]): Actor;
}

/** The name of a measure of one of the rules that a policy is held against: `equalWeightSharpe`. */
export function metricOf(ruleId: string, measure: string): string {
  return `${ruleId}-${measure}`.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
