import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { ProtocolError } from '../../../bridge/protocol/message.ts';
import { FrameReader, packFrames, streamConnection } from '../../../bridge/transports/stream.ts';
import { Random } from '../../../src/core/random.ts';

const random = new Random(7);
const frame = (length: number) => Uint8Array.from({ length }, () => random.integers(0, 256));
const plain = (messages: Uint8Array[][]) =>
  messages.map((frames) => frames.map((bytes) => Buffer.from(bytes).toString('hex')));

test('a message is its count, the lengths and the frames', () => {
  const [bytes] = packFrames([Uint8Array.of(7, 8, 9), new Uint8Array(0)]);
  expect([...bytes]).toEqual([2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7, 8, 9]);
});

test('messages come out whole, in whatever pieces their bytes arrive', () => {
  const messages = Array.from({ length: 12 }, () => {
    const count = random.integers(2, 6);
    return Array.from({ length: count }, () => frame(random.integers(0, 5) === 0 ? 0 : random.integers(0, 3000)));
  });
  const bytes = Buffer.concat(messages.flatMap(packFrames));
  for (const most of [1, 3, 17, 1000, bytes.length]) {
    const reader = new FrameReader();
    const read: Uint8Array[][] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + random.integers(1, most + 1));
      read.push(...reader.push(bytes.subarray(at, end)));
      at = end;
    }
    expect(plain(read)).toEqual(plain(messages));
  }
});

test('large frames go uncopied and arrive the same', () => {
  const frames = [frame(32), frame(0), frame(300_000)];
  const parts = packFrames(frames);
  expect(parts.length).toBeGreaterThan(1);
  expect(plain(new FrameReader().push(Buffer.concat(parts)))).toEqual(plain([frames]));
});

test.each([
  ['one frame', [1, 0, 0, 0]],
  ['too many frames', [0xff, 0xff, 0xff, 0x7f]],
  ['too many bytes', [2, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0]],
])('%s in a message is refused before anything is kept for it', (_, bytes) => {
  expect(() => new FrameReader().push(Buffer.from(bytes))).toThrow(ProtocolError);
});

test('a stream that makes no sense is lost, with the reason', async () => {
  const stream = new PassThrough();
  const reason = new Promise<string>((resolve) => {
    streamConnection(stream, 'test').listen({ message() {}, lost: resolve });
  });
  stream.write(Buffer.from('GET / HTTP/1.1\r\n'));
  expect(await reason).toMatch(/2 to 4096 frames/);
});
