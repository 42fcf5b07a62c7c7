import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import type { Connection } from '../../../bridge/transports/connection.ts';
import { checkEndpoint, isLoopback } from '../../../bridge/transports/endpoint.ts';
import { loadKeys, writeKeyPair } from '../../../bridge/transports/keys.ts';
import { decodeZ85 } from '../../../bridge/transports/zap.ts';
import { bindRouter, connectDealer } from '../../../bridge/transports/zmq.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-zmq-'));
afterAll(() => rmSync(folder, { recursive: true }));

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});
const kept = async <T extends { close(): unknown }>(making: Promise<T>): Promise<T> => {
  const made = await making;
  opened.push(made);
  return made;
};

/** Sends back what comes in. */
const echo = (connection: Connection): void => {
  connection.listen({ message: (frames) => connection.send(frames), lost() {} });
};

function next(connection: Connection): {
  connected: Promise<void>;
  message: Promise<readonly Uint8Array[]>;
  lost: Promise<string>;
} {
  let [connected, message, lost] = [() => {}, (_: readonly Uint8Array[]) => {}, (_: string) => {}];
  const promises = {
    connected: new Promise<void>((resolve) => (connected = resolve)),
    message: new Promise<readonly Uint8Array[]>((resolve) => (message = resolve)),
    lost: new Promise<string>((resolve) => (lost = resolve)),
  };
  connection.listen({ connected, message, lost });
  return promises;
}

const large = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);

test.each(['tcp://127.0.0.1:*', `ipc://${join(folder, 'echo')}`])(
  'messages go there and back over %s',
  async (address) => {
    const { endpoint } = await kept(bindRouter(address, undefined, echo));
    const dealer = await kept(connectDealer(endpoint));
    const { connected, message } = next(dealer);
    await connected;
    dealer.send([Uint8Array.of(1, 2, 3), new Uint8Array(0), large]);
    const frames = await message;
    expect(frames.map((frame) => frame.length)).toEqual([3, 0, large.length]);
    expect(Buffer.compare(frames[2], large)).toBe(0);
  },
);

test('a second one may not listen on an address, neither of a port nor of a file', async () => {
  for (const address of ['tcp://127.0.0.1:*', `ipc://${join(folder, 'taken')}`]) {
    const { endpoint } = await kept(bindRouter(address, undefined, echo));
    await expect(bindRouter(endpoint, undefined, echo)).rejects.toThrow(/Another process listens on/);
    // The first one has not been disturbed.
    const dealer = await kept(connectDealer(endpoint));
    const { connected, message } = next(dealer);
    await connected;
    dealer.send([large.subarray(0, 4), large.subarray(4, 8)]);
    expect((await message).length).toBe(2);
  }
});

test('who has left is noticed', async () => {
  let lost: Promise<string> = Promise.resolve('');
  const arrived = new Promise<void>((resolve) => {
    kept(
      bindRouter(`ipc://${join(folder, 'left')}`, undefined, (connection) => {
        lost = new Promise((tell) => connection.listen({ message: () => resolve(), lost: tell }));
      }),
    );
  });
  const dealer = await connectDealer(`ipc://${join(folder, 'left')}`);
  const { connected } = next(dealer);
  await connected;
  dealer.send([Uint8Array.of(1), Uint8Array.of(2)]);
  await arrived;
  dealer.close();
  expect(await lost).toMatch(/gone/);
});

test('with keys, only those on the list come in', async () => {
  const [server, friend, stranger] = await Promise.all(
    ['server', 'friend', 'stranger'].map((name) => writeKeyPair(join(folder, 'keys', name))),
  );
  const serverKeys = loadKeys({ key: server.secretFile, allow: friend.publicFile });
  const { endpoint } = await kept(bindRouter('tcp://127.0.0.1:*', serverKeys, echo));
  const clientKeys = (secretFile: string) => loadKeys({ key: secretFile, serverKey: server.publicFile });

  const welcome = await kept(connectDealer(endpoint, clientKeys(friend.secretFile)));
  const { connected, message } = next(welcome);
  await connected;
  welcome.send([Uint8Array.of(1), large]);
  expect(Buffer.compare((await message)[1], large)).toBe(0);

  const refused = await kept(connectDealer(endpoint, clientKeys(stranger.secretFile)));
  expect(await next(refused).lost).toMatch(/does not accept the key/);
});

test('a folder of keys, one that is not there, and a secret that others may read', async () => {
  const { secretFile } = await writeKeyPair(join(folder, 'mine', 'me'));
  expect(loadKeys({ key: secretFile, allow: join(folder, 'mine') }).allowed).toHaveLength(1);
  await expect(writeKeyPair(join(folder, 'mine', 'me'))).rejects.toThrow(/There is a key/);
  expect(() => loadKeys({ key: join(folder, 'none') })).toThrow(/upslope keys/);
  const odd = join(folder, 'mine', 'odd.key');
  writeFileSync(odd, 'public-key = "short"\n', { mode: 0o600 });
  expect(() => loadKeys({ key: odd })).toThrow(/40 characters/);
  const open = join(folder, 'mine', 'open');
  writeFileSync(open, '', { mode: 0o644 });
  expect(() => loadKeys({ key: open })).toThrow(/40 characters|Others may read/);
});

test('Z85 as in its specification', () => {
  expect(decodeZ85('HelloWorld').toString('hex')).toBe('864fd26fb559f75b');
});

test('an address beyond this machine takes keys', () => {
  expect(['ipc:///tmp/x', 'tcp://127.0.0.1:1', 'tcp://localhost:1', 'tcp://[::1]:1'].every(isLoopback)).toBe(true);
  expect(['tcp://0.0.0.0:1', 'tcp://10.0.0.1:1', 'tcp://127.0.0.1.example.org:1', 'tcp://*:1'].some(isLoopback)).toBe(
    false,
  );
  expect(() => checkEndpoint('tcp://0.0.0.0:5557', 'bind', undefined)).toThrow(/beyond this machine/);
  expect(() => checkEndpoint('http://127.0.0.1', 'connect', undefined)).toThrow(/Expected an address such as/);
  expect(() => checkEndpoint(`ipc:///${'x'.repeat(120)}`, 'bind', undefined)).toThrow(/shorter/);
});
