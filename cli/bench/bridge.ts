import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import { RemoteVectorEnv } from '../../bridge/driver/remote-vector-env.ts';
import { spawnedHosts, spawnedZmqHosts } from '../../bridge/driver/spawned-hosts.ts';
import { packagePath } from '../../src/core/package-path.ts';
import { Random } from '../../src/core/random.ts';
import { quantile } from '../../src/estimators/statistics.ts';

const run = promisify(execFile);

/** One speed held against another, measured in turns; medians over the rounds. */
export interface Comparison {
  name: string;
  stepsPerSecond: number;
  against: string;
  theirs: number;
  ratio: number;
}

type Measurement = (seconds: number) => Promise<number>;

/** How fast environments are stepped across the bridge, in both directions, and how fast without it. */
export async function measureBridge(python: string, rounds: number, seconds: number): Promise<Comparison[]> {
  const steps: Record<string, Measurement> = {
    'Node.js, 64 envs in Python': (time) => remote(python, 'stream', 64, 2, time),
    'Node.js, 1 env in Python': (time) => remote(python, 'stream', 1, 1, time),
    'Node.js, 1 env in Python, ZeroMQ ipc': (time) => remote(python, 'zmq', 1, 1, time),
    'Python, 64 envs in Node.js': (time) => inPython(python, 'upslope', 64, time),
    'Python, 64 envs in Node.js, with infos': (time) => inPython(python, 'upslope-infos', 64, time),
    'Gymnasium SyncVectorEnv, 64 envs': (time) => inPython(python, 'sync', 64, time),
    'Gymnasium AsyncVectorEnv, 16 envs': (time) => inPython(python, 'async', 16, time),
  };
  const names = Object.keys(steps);
  const speeds = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) speeds.get(name)!.push(await steps[name](seconds));
  }
  const compare = (name: string, against: string): Comparison => {
    const [mine, theirs] = [speeds.get(name)!, speeds.get(against)!];
    return {
      name,
      against,
      stepsPerSecond: quantile(mine, 0.5),
      theirs: quantile(theirs, 0.5),
      ratio: quantile(
        mine.map((speed, round) => speed / theirs[round]),
        0.5,
      ),
    };
  };
  const gymnasium = 'Gymnasium SyncVectorEnv, 64 envs';
  return [
    compare('Node.js, 64 envs in Python', gymnasium),
    compare('Node.js, 64 envs in Python', 'Gymnasium AsyncVectorEnv, 16 envs'),
    compare('Python, 64 envs in Node.js', gymnasium),
    compare('Python, 64 envs in Node.js, with infos', gymnasium),
    compare('Node.js, 1 env in Python', 'Node.js, 1 env in Python, ZeroMQ ipc'),
  ];
}

async function remote(
  python: string,
  transport: 'stream' | 'zmq',
  numEnvs: number,
  groups: number,
  seconds: number,
): Promise<number> {
  const hosts =
    transport === 'zmq' ? spawnedZmqHosts({ python, count: groups }) : spawnedHosts({ python, count: groups });
  const envs = await RemoteVectorEnv.open(await hosts, { id: 'CartPole-v1', numEnvs, groups });
  try {
    const random = new Random(0);
    const actions = Float32Array.from({ length: numEnvs }, () => random.integers(0, 2));
    await envs.reset({ seed: 0 });
    const start = performance.now();
    let steps = 0;
    const stepOn = async (group: (typeof envs.groups)[number]): Promise<void> => {
      while (performance.now() - start < seconds * 1000) {
        await envs.step(actions, group);
        steps += group.count;
      }
    };
    await Promise.all(envs.groups.map(stepOn));
    return (steps / (performance.now() - start)) * 1000;
  } finally {
    await envs.close();
  }
}

/** With the command at hand as the server of what Python steps. */
async function inPython(python: string, kind: string, numEnvs: number, seconds: number): Promise<number> {
  const path = [packagePath('bridge', 'python'), process.env.PYTHONPATH].filter(Boolean).join(delimiter);
  const args = [packagePath('cli', 'bench', 'bridge.py'), kind, String(numEnvs), String(seconds)];
  const { stdout } = await run(python, args, { env: { ...process.env, PYTHONPATH: path } });
  return Number(stdout.trim().split('\n').at(-1));
}
