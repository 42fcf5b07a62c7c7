import { existsSync } from 'node:fs';
import type { MoleculeLibraryOptions } from '../envs/index.ts';
import { loadScenario } from '../scenarios/load.ts';
import { finalOptionsOf } from '../scenarios/prepare.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { openRun } from './finished-run.ts';
import { UsageError } from './usage-error.ts';

const environmentId = 'upslope/MoleculeLibrary-v0';

/**
 * The library and score that a scenario or the directory of a run names.
 *
 * @throws UserError for one of another environment
 */
export function moleculeOptionsOf(name: string): MoleculeLibraryOptions {
  const scenario: Scenario = existsSync(`${name}/config.json`) ? openRun(name).scenario : loadScenario(name);
  if (scenario.environment.id !== environmentId) {
    throw new UsageError(`'${name}' is of ${scenario.environment.id}: expected one of ${environmentId}.`);
  }
  return finalOptionsOf(scenario);
}
