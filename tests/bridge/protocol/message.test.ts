import { describe, expect, test } from '@jest/globals';
import {
  decodeMessage,
  encodeMessage,
  type Message,
  maxDepth,
  maxFrames,
  maxMessageBytes,
  messageType,
  ProtocolError,
} from '../../../bridge/protocol/message.ts';
import { Random } from '../../../src/core/random.ts';
import { corrupt } from './random-space.ts';

const message: Message = {
  type: messageType.STEPPED,
  final: true,
  session: 0x01020304,
  epoch: 0xfffefdfc,
  seq: 2 ** 40 + 5,
  rows: 3,
  meta: { infos: { é: [1, null, 'a"]}[{'] } },
  buffers: [Uint8Array.of(1, 2, 3), new Uint8Array(0)],
};

function refused(frames: readonly Uint8Array[]): ProtocolError {
  try {
    decodeMessage(frames);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

/** The frames with some bytes of the header set. */
function patched(at: number, ...bytes: number[]): Uint8Array[] {
  const frames = encodeMessage(message);
  frames[0].set(bytes, at);
  return frames;
}

function withMeta(meta: string | Uint8Array): Uint8Array[] {
  const [header, , ...buffers] = encodeMessage(message);
  return [header, typeof meta === 'string' ? new TextEncoder().encode(meta) : meta, ...buffers];
}

test('the header is the one of the protocol, byte by byte', () => {
  const [header, meta, ...buffers] = encodeMessage(message);
  expect(Buffer.from(header).toString('hex')).toBe(
    ['5550534c', '01', '0f', '0100', '04030201', 'fcfdfeff', '0500000000010000', '03000000', '02000000'].join(''),
  );
  expect(Buffer.from(meta).toString()).toBe('{"infos":{"é":[1,null,"a\\"]}[{"]}}');
  expect(buffers).toEqual(message.buffers);
});

test('what is encoded is decoded, wherever in memory it lies', () => {
  expect(decodeMessage(encodeMessage(message))).toEqual(message);
  const shifted = encodeMessage(message).map((frame) => Buffer.concat([Buffer.of(9), frame]).subarray(1));
  expect(decodeMessage(shifted)).toEqual({ ...message, buffers: shifted.slice(2) });
});

test('no meta is no bytes', () => {
  const ping = { type: messageType.PING, final: false, session: 0, epoch: 0, seq: 0, rows: 0, buffers: [] };
  expect(encodeMessage(ping)[1]).toHaveLength(0);
  expect(decodeMessage(encodeMessage(ping))).toEqual(ping);
});

describe('what is no message is refused', () => {
  const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

  test.each<[string, Uint8Array[], string, string]>([
    ['no frames', [], 'protocol', '2 frames or more'],
    ['no meta frame', encodeMessage(message).slice(0, 1), 'protocol', 'got 1'],
    ['a short header', [new Uint8Array(31), new Uint8Array(0)], 'protocol', 'header of 32 bytes; got 31'],
    ['another magic', patched(0, 0x44), 'protocol', 'UPSL'],
    ['another major version', patched(4, 2), 'version', 'got 2'],
    ['an unknown type', patched(5, 20), 'protocol', 'got 20'],
    ['an unknown flag', patched(6, 3), 'protocol', 'got 3'],
    ['a seq beyond 2^53', patched(22, 0x20), 'protocol', 'below 2^53'],
    ['more buffers than there are', patched(28, 3), 'protocol', '3 buffers, by the header; got 2'],
    ['meta of broken text', withMeta(Uint8Array.of(0x22, 0xff, 0x22)), 'protocol', 'UTF-8'],
    ['meta after a byte order mark', withMeta('\ufeff{}'), 'protocol', 'JSON'],
    ['meta cut off', withMeta('{"a":'), 'protocol', 'JSON'],
    ['meta that is a list', withMeta('[]'), 'protocol', 'JSON object'],
    ['meta that is null', withMeta('null'), 'protocol', 'JSON object'],
    ['NaN, as Python writes it', withMeta('{"a":NaN}'), 'protocol', 'JSON'],
    ['meta too deep', withMeta(nested(maxDepth + 1)), 'protocol', '64 deep'],
    ['brackets without end', withMeta('['.repeat(1e6)), 'protocol', '64 deep'],
    [
      'too many frames',
      [...encodeMessage(message), ...new Array(maxFrames).fill(new Uint8Array(0))],
      'too-big',
      '4096',
    ],
  ])('%s', (_, frames, code, text) => {
    const error = refused(frames);
    expect(error.code).toBe(code);
    expect(error.message).toContain(text);
  });

  test('the depth that is allowed is', () => {
    expect(decodeMessage(withMeta(nested(maxDepth))).meta).toHaveProperty('a');
    const brackets = '['.repeat(100);
    expect(decodeMessage(withMeta(JSON.stringify({ a: `"${brackets}"` }))).meta).toEqual({ a: `"${brackets}"` });
    expect(refused(withMeta(`{"a":"\\\\",${brackets}`)).message).toContain('64 deep');
  });

  test('more than 64 MiB, in both directions', () => {
    const buffers = [new Uint8Array(maxMessageBytes)];
    expect(refused([...encodeMessage({ ...message, buffers: [new Uint8Array(0)] }).slice(0, 2), ...buffers]).code).toBe(
      'too-big',
    );
    expect(() => encodeMessage({ ...message, buffers })).toThrow(ProtocolError);
  });

  test('whatever is changed, there is a message or a ProtocolError', () => {
    const random = new Random(5);
    let refusals = 0;
    for (let i = 0; i < 3000; i++) {
      const frames = corrupt(encodeMessage(message), random);
      try {
        decodeMessage(frames);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
        refusals++;
      }
    }
    expect(refusals).toBeGreaterThan(500);
  });
});
