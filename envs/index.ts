import { conditioningDomains } from './conditioning/index.ts';
import type { Domain } from './domain.ts';
import { memoryDomains } from './memory/index.ts';
import { moleculeDomains } from './molecule/index.ts';
import { portfolioDomain } from './portfolio/index.ts';
import { robotArmDomains } from './robot-arm/index.ts';

export * from './classic/index.ts';
export * from './conditioning/index.ts';
export type { Actor, Critic, Domain, DomainEvaluation, Fold, WalkForward, WalkForwardSettings } from './domain.ts';
export * from './memory/index.ts';
export * from './molecule/index.ts';
export * from './portfolio/index.ts';
export * from './robot-arm/index.ts';

const domains: ReadonlyMap<string, Domain> = new Map([
  ...conditioningDomains,
  ...memoryDomains,
  ...moleculeDomains,
  ['upslope/Portfolio-v0', portfolioDomain],
  ...robotArmDomains,
]);

/** What the domain of an environment adds to its evaluation; `undefined` where returns per episode are all there is. */
export function domainOf(environmentId: string): Domain | undefined {
  return domains.get(environmentId);
}
