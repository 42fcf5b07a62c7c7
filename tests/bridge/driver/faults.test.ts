import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect } from '@jest/globals';
import { dialInHosts } from '../../../bridge/driver/dial-in-hosts.ts';
import { dialOutHosts } from '../../../bridge/driver/dial-out-hosts.ts';
import { defaultDeadlines } from '../../../bridge/driver/host-link.ts';
import type { Hosts } from '../../../bridge/driver/hosts.ts';
import { RemoteVectorEnv, type RemoteVectorEnvOptions } from '../../../bridge/driver/remote-vector-env.ts';
import { spawnedHosts, spawnedZmqHosts } from '../../../bridge/driver/spawned-hosts.ts';
import { createGreeting, plainMessage } from '../../../bridge/protocol/greeting.ts';
import { decodeMessage, encodeMessage, messageType } from '../../../bridge/protocol/message.ts';
import { loadKeys, writeKeyPair } from '../../../bridge/transports/keys.ts';
import { connectDealer } from '../../../bridge/transports/zmq.ts';
import { packagePath } from '../../../src/core/package-path.ts';
import { Random } from '../../../src/core/random.ts';
import { testUnless } from '../../optional.ts';
import { faulty, isAlive, noPython, python, until } from '../hosts.ts';

const test = testUnless(noPython);
const SECONDS = 1000;

const folder = mkdtempSync(join(tmpdir(), 'upslope-faults-'));
afterAll(() => rmSync(folder, { recursive: true }));

const opened: { close(): unknown }[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function open(
  hosts: Hosts | Promise<Hosts>,
  fault: Record<string, unknown>,
  options: Partial<RemoteVectorEnvOptions> = {},
): Promise<RemoteVectorEnv> {
  const settings = { id: 'faulty/Faulty-v0', numEnvs: 4, groups: 2, options: fault, ...options };
  const envs = await RemoteVectorEnv.open(await hosts, settings);
  opened.push(envs);
  await envs.reset({ seed: 0 });
  return envs;
}

/** Starts a Python host of its own, with the misbehaving environment, and waits for nothing. */
function startHost(...args: string[]): ChildProcess {
  const path = `${packagePath('bridge', 'python')}:${packagePath('tests', 'bridge', 'python')}`;
  const child = spawn(python, ['-m', 'upslope.host', '--import', 'faulty', ...args], {
    env: { ...process.env, PYTHONPATH: path },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  return child;
}

const actions = new Float32Array(4);
/** Columns of an observation row: the step of the episode, and the process. */
const counts = (envs: RemoteVectorEnv) => [0, 1, 2, 3].map((row) => envs.observations[2 * row]);
const pids = (envs: RemoteVectorEnv) => [0, 1, 2, 3].map((row) => envs.observations[2 * row + 1]);
const step = async (envs: RemoteVectorEnv, times: number): Promise<void> => {
  for (let k = 0; k < times; k++) await envs.step(actions);
};

/** Steps until some rows were cut short, and tells which, and after how many steps. */
async function untilCut(envs: RemoteVectorEnv): Promise<{ rows: number[]; steps: number }> {
  for (let steps = 1; ; steps++) {
    await envs.step(actions);
    const rows = [0, 1, 2, 3].filter((row) => envs.truncated[row] === 1);
    if (rows.length > 0) return { rows, steps };
  }
}

test(
  'a host killed in the middle of an episode: its rows are cut short, the others go on',
  async () => {
    const envs = await open(spawnedHosts({ ...faulty, count: 2 }), { fault: 'none' });
    await step(envs, 4);
    const before = pids(envs);
    process.kill(before[0], 'SIGKILL');
    const { rows, steps } = await untilCut(envs);
    expect({ rows, steps }).toEqual({ rows: [0, 1], steps: 1 });
    expect([...envs.rewards]).toEqual([0, 0, 2, 3]);
    expect([...envs.terminated]).toEqual([0, 0, 0, 0]);
    // The last that was seen of the old episodes, and the first of the new ones.
    expect([0, 1].map((row) => envs.finalObservations[2 * row])).toEqual([4, 4]);
    expect(counts(envs)).toEqual([0, 0, 5, 5]);
    const after = pids(envs);
    expect(after[0]).not.toBe(before[0]);
    expect(after[2]).toBe(before[2]);
    await step(envs, 2);
    expect(counts(envs)).toEqual([2, 2, 7, 7]);
    // New seeds: rewards are the seeds here.
    expect([...envs.rewards]).toEqual([1_000_003, 1_000_004, 2, 3]);
  },
  60 * SECONDS,
);

test(
  'under next-step and disabled a lost host is told of likewise',
  async () => {
    for (const autoreset of ['next-step', 'disabled'] as const) {
      const envs = await open(spawnedHosts({ ...faulty, count: 1 }), { fault: 'none' }, { autoreset, groups: 1 });
      await step(envs, 3);
      process.kill(pids(envs)[0], 'SIGKILL');
      await untilCut(envs);
      expect([...envs.truncated]).toEqual([1, 1, 1, 1]);
      expect(counts(envs)).toEqual([3, 3, 3, 3]);
      if (autoreset === 'disabled') await envs.reset({ mask: Uint8Array.of(1, 1, 1, 1) });
      else await envs.step(actions);
      expect(counts(envs)).toEqual([0, 0, 0, 0]);
      expect([...envs.truncated]).toEqual([0, 0, 0, 0]);
      await envs.step(actions);
      expect(counts(envs)).toEqual([1, 1, 1, 1]);
    }
  },
  60 * SECONDS,
);

test(
  'a stopped host is given up at the deadline, and ended',
  async () => {
    const deadlines = { open: 60, step: 4, resend: 0.5 };
    const envs = await open(spawnedHosts({ ...faulty, count: 2, deadlines }), { fault: 'stop', row: 2 });
    const [, , stopped] = pids(envs);
    const { rows, steps } = await untilCut(envs);
    expect({ rows, steps }).toEqual({ rows: [2, 3], steps: 3 });
    await until(() => !isAlive(stopped));
    expect(counts(envs)).toEqual([3, 3, 0, 0]);
    await step(envs, 1);
  },
  60 * SECONDS,
);

for (const [name, spawned] of [
  ['a Unix socket', spawnedHosts],
  ['ZeroMQ', spawnedZmqHosts],
] as const) {
  for (const fault of ['sleep', 'busy']) {
    test(
      `a step of four seconds (${fault}) over ${name} is waited for, repeated requests and all`,
      async () => {
        const deadlines = { ...defaultDeadlines, resend: 0.5 };
        const envs = await open(
          spawned({ ...faulty, count: 1, deadlines }),
          { fault, row: 1, seconds: 4 },
          { groups: 1 },
        );
        const before = pids(envs);
        await step(envs, 5);
        // Each step was taken exactly once.
        expect(counts(envs)).toEqual([5, 5, 5, 5]);
        expect(pids(envs)).toEqual(before);
        expect([...envs.truncated]).toEqual([0, 0, 0, 0]);
      },
      60 * SECONDS,
    );
  }
}

test(
  'a host that dies again and again ends the run, with what it said last',
  async () => {
    const envs = await open(
      spawnedHosts({ ...faulty, count: 1 }),
      { fault: 'kill', at: 1, always: true },
      { groups: 1 },
    );
    await expect(step(envs, 20)).rejects.toThrow(/was lost 3 times within 60 s.*SIGKILL/s);
  },
  60 * SECONDS,
);

test(
  'an exception arrives with its environment and traceback, and the batch can be reset',
  async () => {
    const envs = await open(spawnedHosts({ ...faulty, count: 2 }), { fault: 'raise', row: 3 });
    await step(envs, 2);
    await expect(step(envs, 1)).rejects.toThrow(/environment 3.*ValueError: the joint came off.*faulty\.py/s);
    await envs.reset({ seed: 0 });
    await step(envs, 1);
    expect(counts(envs)).toEqual([1, 1, 1, 1]);
  },
  60 * SECONDS,
);

test(
  'with onError restart, an environment that throws is made anew and its row cut short',
  async () => {
    const envs = await open(spawnedHosts({ ...faulty, count: 2 }), { fault: 'raise', row: 3 }, { onError: 'restart' });
    const { rows, steps } = await untilCut(envs);
    expect({ rows, steps }).toEqual({ rows: [3], steps: 3 });
    expect(envs.rewards[3]).toBe(0);
    expect(envs.finalObservations[2 * 3]).toBe(2);
    expect(counts(envs)).toEqual([3, 3, 3, 0]);
  },
  60 * SECONDS,
);

test(
  'observations that are not numbers, or do not fit, are refused with environment, leaf and value',
  async () => {
    const nan = await open(spawnedHosts({ ...faulty, count: 2 }), { fault: 'nan', row: 2 });
    await expect(step(nan, 3)).rejects.toThrow(/faulty\/Faulty-v0 2, step 3: observation\.count\[0\] is NaN/);
    const shape = await open(spawnedHosts({ ...faulty, count: 2 }), { fault: 'shape', row: 2 });
    await expect(step(shape, 3)).rejects.toThrow(/environment 2.*count/s);
  },
  60 * SECONDS,
);

test(
  'infos become signals, those of the last step even where the episode ended',
  async () => {
    const envs = await open(spawnedHosts({ ...faulty, count: 2 }), { fault: 'none' }, { signals: ['twice', 'begun'] });
    expect([...envs.startSignals.slice(0, 2)]).toEqual([Number.NaN, 1.5]);
    await step(envs, 10);
    expect([...envs.terminated]).toEqual([1, 1, 1, 1]);
    expect(envs.signals[0]).toBe(20);
  },
  60 * SECONDS,
);

test(
  'hosts dial in, go, and come back',
  async () => {
    const hosts = await dialInHosts({ listen: 'tcp://127.0.0.1:*', count: 1 });
    const first = startHost('--connect', hosts.endpoint);
    const envs = await open(hosts, { fault: 'none' });
    expect(new Set(pids(envs))).toEqual(new Set([first.pid]));
    await step(envs, 2);
    first.kill('SIGKILL');
    const second = startHost('--connect', hosts.endpoint);
    const { rows } = await untilCut(envs);
    expect(rows.length).toBeGreaterThanOrEqual(2);
    await step(envs, 2);
    expect(new Set(pids(envs))).toEqual(new Set([second.pid]));
  },
  60 * SECONDS,
);

test(
  'two trainers share a host that waits for them, and neither notices the other',
  async () => {
    const address = `ipc://${join(folder, 'shared')}`;
    startHost('--bind', address);
    const one = await open(dialOutHosts({ connect: [address] }), { fault: 'none' });
    const two = await open(dialOutHosts({ connect: [address] }), { fault: 'none' });
    await step(one, 3);
    await step(two, 1);
    await one.close();
    await step(two, 1);
    expect(counts(two)).toEqual([2, 2, 2, 2]);
    expect(counts(one)).toEqual([3, 3, 3, 3]);
  },
  60 * SECONDS,
);

test(
  'a host that waits is killed, started anew, and the run goes on',
  async () => {
    const address = `ipc://${join(folder, 'again')}`;
    // Longer than a host takes to start on a busy machine: the new one says that it does not know the session.
    const deadlines = { open: 60, step: 30, resend: 0.5 };
    const first = startHost('--bind', address);
    const envs = await open(dialOutHosts({ connect: [address], deadlines }), { fault: 'none' });
    await step(envs, 2);
    first.kill('SIGKILL');
    await until(() => first.exitCode !== null || first.signalCode !== null);
    startHost('--bind', address);
    const { rows } = await untilCut(envs);
    expect(rows.length).toBeGreaterThanOrEqual(2);
    await step(envs, 2);
  },
  120 * SECONDS,
);

test(
  'a second trainer cannot take the address of the first',
  async () => {
    const hosts = await dialInHosts({ listen: 'tcp://127.0.0.1:*', count: 1 });
    opened.push(hosts);
    await expect(dialInHosts({ listen: hosts.endpoint, count: 1 })).rejects.toThrow(/Another process listens on/);
  },
  60 * SECONDS,
);

test(
  'a host with a key that is not allowed is kept out, and told so',
  async () => {
    const [trainer, friend, stranger] = await Promise.all(
      ['trainer', 'friend', 'stranger'].map((name) => writeKeyPair(join(folder, 'keys', name))),
    );
    const keys = loadKeys({ key: trainer.secretFile, allow: friend.publicFile });
    // Longer than a host takes to start on a busy machine.
    const deadlines = { ...defaultDeadlines, open: 12 };
    const hosts = await dialInHosts({ listen: 'tcp://127.0.0.1:*', count: 1, keys, deadlines });
    opened.push(hosts);
    const keyed = (secret: string) => ['--key', secret, '--server-key', trainer.publicFile];
    startHost('--connect', hosts.endpoint, ...keyed(stranger.secretFile));
    await expect(hosts.acquire(0)).rejects.toThrow(/No host has come/);
    const welcome = startHost('--connect', hosts.endpoint, ...keyed(friend.secretFile));
    const link = await hosts.acquire(0);
    expect(link.host.pid).toBe(welcome.pid);
  },
  60 * SECONDS,
);

test(
  'a host of another version is turned away, with both versions and what to do',
  async () => {
    const refusals: string[] = [];
    const hosts = await dialInHosts({
      listen: 'tcp://127.0.0.1:*',
      count: 1,
      deadlines: { ...defaultDeadlines, open: 2 },
      onWaiting: (message) => refusals.push(message),
    });
    opened.push(hosts);
    const dealer = await connectDealer(hosts.endpoint);
    opened.push(dealer);
    const future = { ...createGreeting('host'), protocol: [2, 1], oldest: [2, 0], software: 'upslope-python 9.0.0' };
    const answer = await new Promise<ReturnType<typeof decodeMessage>>((resolve) => {
      dealer.listen({
        connected: () => dealer.send(encodeMessage(plainMessage(messageType.HELLO, future))),
        message: (frames) => resolve(decodeMessage(frames)),
        lost() {},
      });
    });
    expect(answer.type).toBe(messageType.REJECT);
    expect(answer.meta).toMatchObject({ code: 'version', hint: expect.stringMatching(/npm install upslope/) });
    expect(String(answer.meta?.message)).toMatch(
      /upslope 0\.1\.0 speaks versions 1\.0 .* upslope-python 9\.0\.0 versions 2\.0 to 2\.1/,
    );
    expect(refusals.join()).toMatch(/none in common/);
  },
  60 * SECONDS,
);

test(
  'ten thousand malformed messages and an oversize one leave a run alone',
  async () => {
    const hosts = await dialInHosts({ listen: 'tcp://127.0.0.1:*', count: 1 });
    startHost('--connect', hosts.endpoint);
    const envs = await open(hosts, { fault: 'none' });
    const vandal = await connectDealer(hosts.endpoint);
    opened.push(vandal);
    let answers = 0;
    await new Promise<void>((resolve) => {
      vandal.listen({ connected: resolve, message: () => answers++, lost() {} });
    });
    const random = new Random(3);
    const hello = encodeMessage(plainMessage(messageType.HELLO, createGreeting('host')));
    for (let k = 0; k < 10_000; k++) {
      const frames = hello.map((frame) => Uint8Array.from(frame));
      const broken = frames[k % 2];
      for (let i = 0; i < 4; i++) broken[random.integers(0, broken.length)] = random.integers(0, 256);
      vandal.send(k % 3 === 0 ? frames.slice(0, 1) : k % 3 === 1 ? [...frames, new Uint8Array(3)] : frames);
      if (k % 1000 === 0) await step(envs, 1);
    }
    await until(() => answers > 5000);
    vandal.send([hello[0], new Uint8Array(70 * 2 ** 20)]);
    await step(envs, 3);
    expect(counts(envs)).toEqual([3, 3, 3, 3]);
  },
  60 * SECONDS,
);

test(
  'no host survives its trainer, however busy it is',
  async () => {
    const script = join(folder, 'trainer.mjs');
    const list = join(folder, 'pids');
    writeFileSync(
      script,
      `
    import { writeFileSync } from 'node:fs';
    const dist = ${JSON.stringify(packagePath('dist'))};
    const { RemoteVectorEnv } = await import(dist + '/bridge/driver/remote-vector-env.js');
    const { spawnedHosts } = await import(dist + '/bridge/driver/spawned-hosts.js');
    const hosts = spawnedHosts({ python: ${JSON.stringify(python)}, imports: ['faulty'], count: 2 });
    const options = { fault: 'busy', at: 1, seconds: 600 };
    const envs = await RemoteVectorEnv.open(hosts, { id: 'faulty/Faulty-v0', numEnvs: 4, groups: 2, options });
    await envs.reset({ seed: 0 });
    writeFileSync(${JSON.stringify(list)}, [envs.observations[1], envs.observations[5]].join(' '));
    await envs.step(new Float32Array(4));`,
    );
    const trainer = spawn(process.execPath, [script], { stdio: 'inherit', env: { ...process.env } });
    children.push(trainer);
    let hosts: number[] = [];
    await until(() => {
      try {
        hosts = readFileSync(list, 'utf8').split(' ').map(Number);
      } catch {
        return false;
      }
      return hosts.length === 2;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(hosts.every(isAlive)).toBe(true);
    trainer.kill('SIGKILL');
    await until(() => !hosts.some(isAlive));
  },
  60 * SECONDS,
);

test(
  'a missing interpreter and an unknown environment are told with what to do',
  async () => {
    await expect(open(spawnedHosts({ python: 'no-such-python', count: 1 }), {})).rejects.toThrow(
      /There is no Python interpreter 'no-such-python'.*UPSLOPE_PYTHON/s,
    );
    await expect(open(spawnedHosts({ python, count: 1 }), {}, { id: 'CartPol-v1' })).rejects.toThrow(/CartPole/);
    await expect(open(spawnedHosts({ python, count: 1 }), {}, { id: 'os:system-v0' })).rejects.toThrow(
      /may not|not allowed/,
    );
  },
  60 * SECONDS,
);
