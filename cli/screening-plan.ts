import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Campaign, formatCampaign, type MoleculeLibraryOptions, parseCampaign } from '../envs/index.ts';
import { UserError } from '../src/core/errors.ts';
import { writeFileAtomic } from '../src/training/atomic-file.ts';
import { UsageError } from './usage-error.ts';

/** What is to be screened and how: all that it takes to go on with it. */
export interface ScreeningPlan {
  /** As it was named. */
  scenario: string;
  /** Of the environment. */
  options: MoleculeLibraryOptions;
  /** Ids. */
  policies: string[];
  budget: number;
  batch: number;
  seeds: number;
  seed: number;
  exact: boolean;
  truth?: string;
  top: number;
}

const PLAN = 'screening.json';
const CAMPAIGNS = 'campaigns';

/** @throws UsageError where there is a screening already */
export function refuseStored(directory: string): void {
  if (existsSync(join(directory, PLAN))) {
    throw new UsageError(`${directory} holds a screening already. Go on with it by --resume, or name another --out.`);
  }
}

export function storePlan(directory: string, plan: ScreeningPlan): void {
  mkdirSync(join(directory, CAMPAIGNS), { recursive: true });
  const truth = plan.truth === undefined ? undefined : resolve(plan.truth);
  writeFileAtomic(join(directory, PLAN), `${JSON.stringify({ ...plan, truth }, null, 2)}\n`);
}

/** @throws UserError where there is none */
export function storedPlan(directory: string): ScreeningPlan {
  const file = join(directory, PLAN);
  if (!existsSync(file)) throw new UserError(`There is nothing to go on with in ${directory}: expected ${file}.`);
  return JSON.parse(readFileSync(file, 'utf8')) as ScreeningPlan;
}

/** Keeps a campaign that has been finished. */
export function storeCampaign(directory: string, campaign: Campaign): void {
  writeFileAtomic(fileOf(directory, campaign.id, campaign.seed), formatCampaign(campaign));
}

/** The campaign of a policy and seed, if it has been finished. @throws UserError where its file is broken */
export function storedCampaign(directory: string, id: string, seed: number): Campaign | undefined {
  const file = fileOf(directory, id, seed);
  return existsSync(file) ? parseCampaign(readFileSync(file, 'utf8'), file) : undefined;
}

const fileOf = (directory: string, id: string, seed: number) => join(directory, CAMPAIGNS, `${id}-${seed}.json`);
