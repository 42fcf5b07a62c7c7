import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { dialInHosts } from '../../../bridge/driver/dial-in-hosts.ts';
import { dialOutHosts } from '../../../bridge/driver/dial-out-hosts.ts';
import type { Hosts } from '../../../bridge/driver/hosts.ts';
import { RemoteBatch } from '../../../bridge/driver/remote-batch.ts';
import { RemoteSession } from '../../../bridge/driver/remote-session.ts';
import { RemoteVectorEnv } from '../../../bridge/driver/remote-vector-env.ts';
import { type ServeOptions, serve } from '../../../bridge/host/serve.ts';
import { createGreeting, plainMessage } from '../../../bridge/protocol/greeting.ts';
import { NdArray } from '../../../bridge/protocol/infos.ts';
import { decodeMessage, encodeMessage, type Message, messageType } from '../../../bridge/protocol/message.ts';
import type { Connection } from '../../../bridge/transports/connection.ts';
import { connectDealer } from '../../../bridge/transports/zmq.ts';
import '../../../envs/index.ts';
import type { Env } from '../../../src/core/env.ts';
import { Random } from '../../../src/core/random.ts';
import { makeRows, register } from '../../../src/core/registry.ts';
import { Box, Dict, Discrete, Text } from '../../../src/core/spaces/index.ts';
import { SyncVectorEnv } from '../../../src/core/sync-vector-env.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-host-'));
afterAll(() => rmSync(folder, { recursive: true }));

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

let served = 0;
async function serveAt(options: ServeOptions = {}): Promise<string> {
  const serving = await serve({ bind: `ipc://${join(folder, `host${served++}`)}`, ...options });
  opened.push(serving);
  return serving.endpoint;
}

function hostsAt(...connect: string[]): Hosts {
  const hosts = dialOutHosts({ connect });
  opened.push(hosts);
  return hosts;
}

/** An environment with odd infos and values of every kind; throws at step 4 when told to. */
class Odd implements Env {
  readonly observationSpace = new Dict({
    exact: new Box(-Infinity, Infinity, [2], 'float64'),
    choice: new Discrete(3, -1),
    word: new Text(8),
  });
  readonly actionSpace = new Discrete(2);
  #steps = 0;
  #seed = -1;
  readonly #throwing: boolean;
  constructor(throwing: boolean) {
    this.#throwing = throwing;
  }
  reset({ seed }: { seed?: number } = {}) {
    this.#seed = seed ?? this.#seed;
    this.#steps = 0;
    return { observation: this.#observation(), info: { seed: this.#seed } };
  }
  step() {
    this.#steps++;
    if (this.#throwing && this.#steps === 4) throw new RangeError('out of track');
    const info = {
      steps: this.#steps,
      ...(this.#seed === 1 && { late: this.#steps > 2, nested: { pair: Float32Array.of(1, this.#steps) } }),
      note: `step ${this.#steps}`,
    };
    return { observation: this.#observation(), reward: 0.1, terminated: this.#steps === 6, truncated: false, info };
  }
  #observation() {
    return {
      exact: Float64Array.of(1 / 3, this.#steps),
      choice: (this.#steps % 3) - 1,
      word: 'x'.repeat(this.#steps + 1),
    };
  }
  actionMask() {
    return Uint8Array.of(1, this.#steps % 2);
  }
  render() {
    return `after ${this.#steps}`;
  }
}
register<{ throwing?: boolean }>({ id: 'test/Odd-v0', create: ({ throwing = false }) => new Odd(throwing) });

test.each(['same-step', 'next-step', 'disabled'] as const)(
  'remote environments equal those at hand, autoreset %s',
  async (autoreset) => {
    const settings = { autoreset, maxEpisodeSteps: 30 };
    const remote = await RemoteVectorEnv.open(hostsAt(await serveAt()), {
      id: 'CartPole-v1',
      numEnvs: 7,
      groups: 3,
      ...settings,
    });
    opened.push(remote);
    const local = new SyncVectorEnv(() => makeRows('CartPole-v1', {}, { maxEpisodeSteps: 30 }), 7, { autoreset });
    const random = new Random(1);
    local.reset({ seed: 5 });
    await remote.reset({ seed: 5 });
    let endings = 0;
    for (let t = 0; t < 300; t++) {
      const actions = Float32Array.from({ length: 7 }, () => random.integers(0, 2));
      local.step(actions);
      await remote.step(actions);
      for (const what of ['observations', 'rewards', 'terminated', 'truncated'] as const) {
        expect([...remote[what]]).toEqual([...local[what]]);
      }
      const mask = local.terminated.map((flag, i) => flag | local.truncated[i]);
      for (let i = 0; i < 7; i++) {
        if (mask[i] === 0) continue;
        endings++;
        if (autoreset !== 'same-step') continue;
        const final = (envs: { finalObservations: Float32Array }) => [
          ...envs.finalObservations.slice(4 * i, 4 * i + 4),
        ];
        expect(final(remote)).toEqual(final(local));
      }
      if (autoreset === 'disabled' && mask.some((flag) => flag === 1)) {
        local.reset({ mask });
        await remote.reset({ mask });
        expect([...remote.observations]).toEqual([...local.observations]);
      }
    }
    expect(endings).toBeGreaterThan(50);
  },
);

test('values of any space, infos with masks, last infos of ended episodes, action masks, pictures', async () => {
  const batch = await RemoteBatch.open(hostsAt(await serveAt()), {
    environment: 'test/Odd-v0',
    numEnvs: 2,
    autoreset: 'same-step',
  });
  opened.push(batch);
  const { observations, infos } = await batch.reset({ seed: 0 });
  expect(observations[1]).toEqual({ exact: Float64Array.of(1 / 3, 0), choice: -1, word: 'x' });
  expect(infos.seed).toEqual(new NdArray('float64', [2], Float64Array.of(0, 1)));
  for (let t = 0; t < 5; t++) await batch.step([0, 1]);
  expect(await batch.render()).toEqual([{ text: 'after 5' }, { text: 'after 5' }]);
  const { rewards, terminated, finalObservations, infos: last } = await batch.step([0, 1]);
  expect([...rewards]).toEqual([0.1, 0.1]);
  expect([...terminated]).toEqual([1, 1]);
  expect(finalObservations.get(1)).toEqual({ exact: Float64Array.of(1 / 3, 6), choice: -1, word: 'xxxxxxx' });
  const final = last.final_info as Record<string, unknown>;
  expect(final.steps).toEqual(new NdArray('float64', [2], Float64Array.of(6, 6)));
  expect(final.note).toEqual(['step 6', 'step 6']);
  expect(final.late).toEqual(new NdArray('bool', [2], Uint8Array.of(0, 1)));
  expect(final._late).toEqual(new NdArray('bool', [2], Uint8Array.of(0, 1)));
  expect((final.nested as Record<string, unknown>).pair).toEqual(
    new NdArray('float32', [2, 2], Float32Array.of(0, 0, 1, 6)),
  );
  expect(last._final_info).toEqual(new NdArray('bool', [2], Uint8Array.of(1, 1)));
  expect(last.action_mask).toEqual(new NdArray('int8', [2, 2], Int8Array.of(1, 0, 1, 0)));
});

test('an exception names its environment, and the batch wants a reset', async () => {
  const hosts = hostsAt(await serveAt());
  const open = (onError: 'raise' | 'restart') =>
    RemoteBatch.open(hosts, {
      environment: 'test/Odd-v0',
      options: { throwing: true },
      numEnvs: 2,
      autoreset: 'same-step',
      onError,
    });
  const raising = await open('raise');
  opened.push(raising);
  await expect(raising.step([0, 0])).rejects.toThrow(/stepped before they were reset/);
  await raising.reset();
  for (let t = 0; t < 3; t++) await raising.step([0, 0]);
  await expect(raising.step([0, 0])).rejects.toThrow(/environment 0: RangeError: out of track\n.*host\.test/s);
  await expect(raising.step([0, 0])).rejects.toThrow(/before they were reset/);
  await raising.reset();
  await raising.step([0, 0]);
  await expect(raising.step([0, 5])).rejects.toThrow(
    /action of environment 1, 5, is not in the action space Discrete\(2\)/,
  );

  const restarting = await open('restart');
  opened.push(restarting);
  await restarting.reset({ seed: 3 });
  for (let t = 0; t < 3; t++) await restarting.step([0, 0]);
  const { rewards, truncated, infos, finalObservations } = await restarting.step([0, 0]);
  expect([...rewards]).toEqual([0, 0]);
  expect([...truncated]).toEqual([1, 1]);
  expect((finalObservations.get(0) as { exact: Float64Array }).exact[1]).toBe(3);
  expect((infos.final_info as Record<string, unknown>).bridge_error).toEqual(['out of track', 'out of track']);
  expect(infos.seed).toEqual(new NdArray('float64', [2], Float64Array.of(1_000_006, 1_000_007)));
});

test('what may not or cannot be made is refused with what to do', async () => {
  const hosts = hostsAt(await serveAt({ allow: ['CartPole-*'], maxSessions: 1 }));
  const open = (environment: string, more = {}) =>
    RemoteBatch.open(hosts, { environment, numEnvs: 1, autoreset: 'disabled', ...more });
  await expect(open('Pendulum-v1')).rejects.toThrow(/may not make 'Pendulum-v1'.*--allow Pendulum-v1/s);
  await expect(open('CartPole-v7')).rejects.toThrow(/There is no environment 'CartPole-v7'.*CartPole-v1/s);
  await expect(open('CartPole-v1', { options: { gravityy: 3 } })).rejects.toThrow(/gravityy/);
  await expect(open('CartPole-v1', { numEnvs: 0 })).rejects.toThrow(/numEnvs from 1/);
  const only = await open('CartPole-v1');
  await expect(open('CartPole-v1')).rejects.toThrow(/has 1 sessions already/);
  await only.close();
  const next = await open('CartPole-v1');
  await next.reset();
  await next.close();
});

/** Speaks to a host by bytes. */
async function speak(
  endpoint: string,
): Promise<{ ask(frames: readonly Uint8Array[]): Promise<Uint8Array[]>; connection: Connection }> {
  const connection = await connectDealer(endpoint);
  opened.push(connection);
  let heard: (frames: Uint8Array[]) => void = () => {};
  await new Promise<void>((connected) => {
    connection.listen({ connected, message: (frames) => heard(frames as Uint8Array[]), lost() {} });
  });
  const ask = (frames: readonly Uint8Array[]) =>
    new Promise<Uint8Array[]>((resolve) => {
      heard = resolve;
      connection.send(frames);
    });
  return { ask, connection };
}

test('a repeated request is answered by the same bytes and carried out once', async () => {
  const { ask } = await speak(await serveAt());
  const welcome = decodeMessage(await ask(encodeMessage(plainMessage(messageType.HELLO, createGreeting('driver')))));
  const epoch = Number(welcome.meta?.instance);
  const request = (type: number, seq: number, more: Partial<Message> = {}) =>
    encodeMessage({ ...plainMessage(type), session: 9, epoch, seq, ...more });
  const open = { environment: 'test/Odd-v0', options: {}, numEnvs: 1, autoreset: 'same-step' };
  await ask(request(messageType.OPEN, 1, { meta: open }));
  await ask(request(messageType.RESET, 2, { meta: { seed: 0 } }));
  const step = request(messageType.STEP, 3, { buffers: [new Uint8Array(8)] });
  const [first, second] = [await ask(step), await ask(step)];
  expect(second.map((frame) => [...frame])).toEqual(first.map((frame) => [...frame]));
  const code = async (frames: Uint8Array[]) => decodeMessage(await ask(frames)).meta?.code;
  expect(await code(request(messageType.STEP, 9))).toBe('state');
  expect(await code(request(messageType.STEP, 4, { epoch: epoch + 1 }))).toBe('epoch');
  expect(await code(request(messageType.STEP, 4, { session: 8 }))).toBe('no-session');
  expect(await code(request(messageType.STEP, 4, { buffers: [new Uint8Array(7)] }))).toBe('protocol');
  const next = decodeMessage(await ask(request(messageType.STEP, 5, { buffers: [new Uint8Array(8)] })));
  // The second float64 of the first buffer counts the steps taken.
  const exact = Buffer.from(next.buffers[1].length === 16 ? next.buffers[1] : next.buffers[0]);
  expect([1, 2]).toContain(exact.readDoubleLE(8));
  expect(exact.readDoubleLE(8)).toBe(2);
});

test('malformed messages are answered or dropped, and change nothing for others', async () => {
  const endpoint = await serveAt();
  const batch = await RemoteBatch.open(hostsAt(endpoint), {
    environment: 'CartPole-v1',
    numEnvs: 2,
    autoreset: 'same-step',
  });
  opened.push(batch);
  await batch.reset({ seed: 0 });
  const { ask, connection } = await speak(endpoint);
  const hello = encodeMessage(plainMessage(messageType.HELLO, createGreeting('driver')));
  await ask(hello);
  const random = new Random(11);
  for (let k = 0; k < 10_000; k++) {
    const frames = encodeMessage({
      ...plainMessage(12 + 2 * (k % 3), { seed: k }),
      session: k % 5,
      seq: k % 7,
      buffers: [hello[1]],
    });
    for (let i = 0; i < 3; i++) {
      const frame = frames[random.integers(0, frames.length)];
      frame[random.integers(0, frame.length)] = random.integers(0, 256);
    }
    connection.send(frames);
  }
  expect(decodeMessage(await ask([hello[0], Uint8Array.of(0x7b)])).type).toBe(messageType.ERROR);
  const { rewards } = await batch.step([0, 1]);
  expect([...rewards]).toEqual([1, 1]);
});

test('our environments dial in to a trainer too', async () => {
  const hosts = await dialInHosts({ listen: 'tcp://127.0.0.1:*', count: 1 });
  opened.push(hosts);
  opened.push(await serve({ connect: hosts.endpoint }));
  const session = await RemoteSession.open(await hosts.acquire(0), {
    environment: 'CartPole-v1',
    numEnvs: 1,
    autoreset: 'disabled',
  });
  expect(session.spec).toEqual({
    id: 'CartPole-v1',
    maxEpisodeSteps: 500,
    rewardThreshold: 475,
    nondeterministic: false,
  });
});
