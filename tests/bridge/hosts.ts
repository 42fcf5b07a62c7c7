import { packagePath } from '../../src/core/package-path.ts';
import { pythonOrReason } from '../python.ts';

const found = pythonOrReason();

/** Why tests with Python cannot run, if they cannot. */
export const noPython = found.reason;

/** The interpreter with the packages of tests/requirements.txt. */
export const python = found.python ?? 'python3';

// Where `--import faulty` finds its module.
process.env.PYTHONPATH = packagePath('tests', 'bridge', 'python');

/** Options of hosts with the environment that misbehaves. */
export const faulty = { python, imports: ['faulty'] };

/** A process that has not ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves as soon as the condition holds; the test's time limit is the end of waiting. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
