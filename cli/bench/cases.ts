import { tmpdir } from 'node:os';
import { loadEnvironment } from '../../scenarios/environments.ts';
import { loadScenario } from '../../scenarios/load.ts';
import { prepareRun } from '../../scenarios/prepare.ts';

/** Settings of PPO that the speed depends on and other libraries have too. */
export interface PpoSetting {
  numEnvs: number;
  rolloutSteps: number;
  minibatchSize: number;
  epochs: number;
}

/** Something to train. */
export interface TrainingCase {
  name: string;
  /** A shipped scenario, and what is different here, as `--set` takes it. */
  scenario: string;
  set: readonly string[];
  /** Where others can be measured at the same settings. */
  ppo?: PpoSetting;
  sac?: { width: number; batchSize: number };
}

const ppoSettings: readonly PpoSetting[] = [
  { numEnvs: 8, rolloutSteps: 256, minibatchSize: 64, epochs: 10 },
  { numEnvs: 64, rolloutSteps: 128, minibatchSize: 2048, epochs: 4 },
  { numEnvs: 2048, rolloutSteps: 32, minibatchSize: 2048, epochs: 4 },
];

/** PPO on CartPole-v1 with separate 64-64 tanh networks and defaults else, as other libraries are timed too. */
function ppoCase(ppo: PpoSetting): TrainingCase {
  const { numEnvs, ...algorithm } = ppo;
  return {
    name: `PPO, CartPole-v1, ${numEnvs} x ${ppo.rolloutSteps}, minibatch ${ppo.minibatchSize}, ${ppo.epochs} epochs`,
    scenario: 'cartpole',
    set: [`environment.numEnvs=${numEnvs}`, `algorithm=${JSON.stringify({ name: 'ppo', ...algorithm })}`],
    ppo,
  };
}

const width = 256;
const batchSize = 256;

const sacCase: TrainingCase = {
  name: `SAC, Pendulum-v1, ${width}-${width} relu, batch ${batchSize}`,
  scenario: 'pendulum-sac',
  set: [`policy.hidden=[${width}, ${width}]`, `algorithm=${JSON.stringify({ name: 'sac', batchSize })}`],
  sac: { width, batchSize },
};

/** A scenario of each domain, as it ships. */
const domainScenarios = ['portfolio', 'arm-reach', 'molecule-similarity', 'reversal-bandit'] as const;

export const parts = [
  'kernels',
  'inference',
  'ppo',
  'sac',
  'domains',
  'update',
  'memory',
  'bridge',
  'environments',
] as const;
export type Part = (typeof parts)[number];

export function casesOf(part: Part): TrainingCase[] {
  const cases: Partial<Record<Part, TrainingCase[]>> = {
    ppo: ppoSettings.map(ppoCase),
    sac: [sacCase],
    domains: domainScenarios.map((scenario) => ({ name: scenario, scenario, set: [] })),
  };
  return cases[part] ?? [];
}

export type PreparedCase = ReturnType<typeof prepareRun>;

/** What trains a case, with what its environment needs loaded. Nothing is written yet. */
export async function prepareCase({ scenario: name, set }: TrainingCase, threads = 1): Promise<PreparedCase> {
  const scenario = loadScenario(name, { set });
  await loadEnvironment(scenario.environment);
  return prepareRun(scenario, { directory: tmpdir(), seed: 0, threads });
}
