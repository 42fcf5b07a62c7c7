import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { packagePath } from '../../src/core/package-path.ts';
import type { LearningCase } from './learning.ts';

const run = promisify(execFile);

/** A Python with some modules: `UPSLOPE_PYTHON`, else the `python3` on the path; `undefined` where neither has them. */
export async function findPythonWith(modules: string): Promise<string | undefined> {
  for (const python of [process.env.UPSLOPE_PYTHON, 'python3']) {
    if (!python) continue;
    try {
      await run(python, ['-c', `import ${modules}`]);
      return python;
    } catch {
      // Not there, or not in that one.
    }
  }
  return undefined;
}

/** Steps per second of Stable-Baselines3's PPO at the same settings, one torch thread. */
export async function measureSb3(python: string, setting: LearningCase, seconds: number): Promise<number> {
  const { numEnvs, rolloutSteps, minibatchSize, epochs } = setting;
  const script = packagePath('cli', 'bench', 'sb3.py');
  const args = [script, numEnvs, rolloutSteps, minibatchSize, epochs, seconds].map(String);
  const { stdout } = await run(python, args, { env: { ...process.env, OMP_NUM_THREADS: '1' } });
  return Number(stdout.trim().split('\n').at(-1));
}
