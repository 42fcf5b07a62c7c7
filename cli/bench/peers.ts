import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UserError } from '../../src/core/errors.ts';
import { packagePath } from '../../src/core/package-path.ts';
import type { PpoSetting, TrainingCase } from './cases.ts';
import type { PeerName } from './peer-environment.ts';
import { updateSetting } from './update.ts';

const run = promisify(execFile);

/** Another library, which is measured in turns with ours. */
export interface Peer {
  /** For people: `Stable-Baselines3`. */
  name: string;
  /** For people: `stable_baselines3 2.9.2, torch 2.13.0, Python 3.11.2`. */
  versions: string;
  /** Steps a second at the settings of a case on so many cores; `undefined` for what it does not do. */
  training(setting: TrainingCase, cores: number): Measurement | undefined;
  /** GFLOP/s of one core, as `measureProduct`. */
  product(): Measurement | undefined;
  /** Actions a second in one thread, as `measureInference`. */
  inference(rows: number): Measurement | undefined;
  /** Milliseconds of a minibatch, as `measureUpdate`. */
  update(cores: number): Measurement | undefined;
}

export interface Measurement {
  /** Where it is of something the peer builds on. */
  name?: string;
  measure(seconds: number): Promise<number>;
  /** Threads it was found to be fastest with, of those tried; known once it has measured. */
  threads(): number | undefined;
}

export async function openPeer(name: PeerName, python: string): Promise<Peer> {
  return name === 'sb3' ? sb3(python) : jax(python);
}

async function sb3(python: string): Promise<Peer> {
  const script = (file: string, args: readonly number[]) => (threads: number, seconds: number) =>
    numberFrom(python, file, [...args, threads, seconds], { OMP_NUM_THREADS: String(threads) });
  return {
    name: 'Stable-Baselines3',
    versions: await versionsOf(python, ['stable_baselines3', 'torch']),
    training({ ppo, sac }, cores) {
      if (ppo) return fastest(cores, 1, script('sb3.py', settingOf(ppo)));
      if (sac) return fastest(cores, 1, script('sb3-sac.py', [sac.width, sac.batchSize]));
      return undefined;
    },
    product: () => ({ ...fastest(1, 1, script('torch-product.py', [])), name: 'PyTorch' }),
    inference: (rows) => fastest(1, 1, script('sb3-inference.py', [rows])),
    update: (cores) => {
      const { observations, actions, width, minibatchSize, minibatches } = updateSetting;
      const args = [observations, actions, width, minibatchSize, minibatches];
      return { ...fastest(cores, -1, script('torch-update.py', args)), name: 'PyTorch' };
    },
  };
}

async function jax(python: string): Promise<Peer> {
  return {
    name: 'jitted JAX',
    versions: await versionsOf(python, ['jax', 'jaxlib']),
    training({ ppo }, cores) {
      if (!ppo) return undefined;
      const measure = (seconds: number) => numberFrom(python, 'jax-ppo.py', [...settingOf(ppo), cores, seconds], {});
      // XLA divides its work among the cores by itself.
      return { measure, threads: () => undefined };
    },
    product: () => undefined,
    inference: () => undefined,
    update: () => undefined,
  };
}

function settingOf({ numEnvs, rolloutSteps, minibatchSize, epochs }: PpoSetting): number[] {
  return [numEnvs, rolloutSteps, minibatchSize, epochs];
}

/**
 * With the better of one thread and as many as there are cores, tried once before the first measurement: small networks
 * are often slower with more.
 *
 * @param sign 1 where more is better, -1 where less is
 */
export function fastest(
  cores: number,
  sign: 1 | -1,
  measure: (threads: number, seconds: number) => Promise<number>,
): Measurement {
  let chosen: number | undefined = cores === 1 ? 1 : undefined;
  return {
    async measure(seconds) {
      if (chosen === undefined) {
        const [one, all] = [await measure(1, seconds), await measure(cores, seconds)];
        chosen = sign * all > sign * one ? cores : 1;
      }
      return measure(chosen, seconds);
    },
    threads: () => chosen,
  };
}

async function versionsOf(python: string, packages: readonly string[]): Promise<string> {
  const script = `
import importlib, platform
names = ${JSON.stringify(packages)}
print(", ".join([f"{name} {importlib.import_module(name).__version__}" for name in names] + ["Python " + platform.python_version()]))`;
  return (await run(python, ['-c', script])).stdout.trim();
}

/** What a script of ours prints last. */
async function numberFrom(
  python: string,
  file: string,
  args: readonly number[],
  env: Record<string, string>,
): Promise<number> {
  const command = [packagePath('cli', 'bench', file), ...args.map(String)];
  try {
    const { stdout } = await run(python, command, { env: { ...process.env, ...env }, maxBuffer: 1 << 26 });
    const value = Number(stdout.trim().split('\n').at(-1) || Number.NaN);
    if (Number.isFinite(value)) return value;
    throw new Error(`expected a number as its last line, got '${stdout.trim().slice(-200)}'`);
  } catch (cause) {
    const { stderr = '', message } = cause as Error & { stderr?: string };
    const reason = stderr.trim().split('\n').slice(-3).join('\n') || message;
    throw new UserError(`${python} ${command.join(' ')} failed:\n${reason}`, { cause });
  }
}
