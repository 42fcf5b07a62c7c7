import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import type { Duplex } from 'node:stream';
import { UserError } from '../../src/core/errors.ts';
import { packagePath } from '../../src/core/package-path.ts';
import type { Connection } from '../transports/connection.ts';
import { streamConnection } from '../transports/stream.ts';

/** How much of what a process prints is kept to be told when it fails. */
const TAIL_BYTES = 8192;

const SECONDS_TO_LEAVE = 2;

/** A process with environments in it, started for a run and ended with it. */
export interface HostProcess {
  readonly pid: number;
  /** Over its file descriptor 3. */
  readonly connection: Connection;
  /** Resolves when it has ended, with how, and what it printed last. */
  readonly ended: Promise<Ending>;
  stop(): Promise<void>;
}

export interface Ending {
  how: string;
  printed: string;
}

export interface PythonHost {
  /** Interpreter with Gymnasium. */
  python: string;
  /** Modules that make environments known when they are imported. */
  imports?: readonly string[];
  /** Where to connect to, in place of file descriptor 3. */
  connect?: string;
  /** Whether both sides wait actively for a moment, see `streamConnection`. */
  spin?: boolean;
}

/** The interpreter to use where none is named: `UPSLOPE_PYTHON`, else the one on the path. */
export function defaultPython(): string {
  return process.env.UPSLOPE_PYTHON || (process.platform === 'win32' ? 'python' : 'python3');
}

/** Starts Python with this package's own side of the bridge, so that both sides are of one version. */
export function spawnPythonHost({ python, imports = [], connect, spin = false }: PythonHost): HostProcess {
  const where =
    connect === undefined ? ['--fd', '3', ...(spin ? ['--spin'] : [])] : ['--connect', connect, '--watch-stdin'];
  const modules = imports.flatMap((name) => ['--import', name]);
  const path = [packagePath('bridge', 'python'), process.cwd(), process.env.PYTHONPATH].filter(Boolean).join(delimiter);
  return spawnHost(
    python,
    ['-u', '-m', 'upslope.host', ...where, ...modules],
    { ...process.env, PYTHONPATH: path },
    spin,
  );
}

function spawnHost(command: string, args: readonly string[], env: NodeJS.ProcessEnv, spin: boolean): HostProcess {
  // Nobody writes to its standard input: when it ends, the process knows that this one is gone.
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-TAIL_BYTES);
    });
  }
  const ended = endingOf(child, () => printed);
  const connection = streamConnection(child.stdio[3] as Duplex, `process ${child.pid}`, spin);
  return {
    pid: child.pid ?? -1,
    connection,
    ended,
    async stop() {
      connection.close();
      child.stdin.end();
      const kill = setTimeout(() => child.kill('SIGKILL'), SECONDS_TO_LEAVE * 1000);
      await ended;
      clearTimeout(kill);
    },
  };
}

function endingOf(child: ChildProcess, printed: () => string): Promise<Ending> {
  child.stdin?.on('error', () => {});
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ how: error.message, printed: printed() }));
    child.on('close', (code, signal) => {
      resolve({ how: signal ? `ended by ${signal}` : `exit code ${code}`, printed: printed().trim() });
    });
  });
}

/** Why a host ended before it could be used. */
export function startError(python: string, { how, printed }: Ending): UserError {
  const missing = printed.match(/No module named '?([\w.]+)'?/)?.[1];
  if (missing === 'gymnasium' || missing === 'numpy' || missing === 'zmq') {
    const name = missing === 'zmq' ? 'pyzmq' : missing;
    return new UserError(`${python} has no package ${name}. Install it: ${python} -m pip install ${name}`);
  }
  if (how.includes('ENOENT')) {
    return new UserError(
      `There is no Python interpreter '${python}': expected Python 3.10 or newer with Gymnasium. Name it with ` +
        '--set environment.bridge.python=<path>, or the environment variable UPSLOPE_PYTHON.',
    );
  }
  return new UserError(`The host ${python} -m upslope.host did not start, ${how}:\n${printed}`);
}
