import type { ReportSection, Table } from '../src/report/types.ts';

/** A deterministic policy: reads one raw (not normalised) observation row and writes one action row. */
export type Actor = (observation: Float32Array, action: Float32Array) => void;

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
  evaluate(actor: Actor, environmentOptions: Record<string, unknown>): DomainEvaluation;
}
