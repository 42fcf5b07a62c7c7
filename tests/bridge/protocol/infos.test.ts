import { describe, expect, test } from '@jest/globals';
import { decodeInfos, encodeInfos, NdArray } from '../../../bridge/protocol/infos.ts';
import { decodeMessage, encodeMessage, messageType, ProtocolError } from '../../../bridge/protocol/message.ts';
import { Random } from '../../../src/core/random.ts';

/** As they arrive: through a message. */
function sent(infos: Record<string, unknown>): Record<string, unknown> {
  const { skeleton, buffers } = encodeInfos(infos);
  const message = { type: messageType.STEPPED, final: false, session: 1, epoch: 1, seq: 1, rows: 1, buffers };
  const { meta, buffers: received } = decodeMessage(encodeMessage({ ...message, meta: { infos: skeleton } }));
  return decodeInfos(meta?.infos as Record<string, unknown>, received);
}

test('the JSON of the protocol', () => {
  const { skeleton, buffers } = encodeInfos({
    x: new NdArray('float64', [1, 2], Float64Array.of(1, -2)),
    flag: new NdArray('bool', [], [1]),
    $odd: Number.NaN,
    text: 'é',
    nested: { rest: [null, Infinity, -Infinity], raw: Buffer.from('ab') },
    gone: undefined,
  });
  expect(JSON.stringify(skeleton)).toBe(
    '{"x":{"$array":["float64",[1,2],0]},"flag":{"$array":["bool",[],1]},"$$odd":{"$float":"nan"},"text":"é",' +
      '"nested":{"rest":[null,{"$float":"inf"},{"$float":"-inf"}],"raw":{"$bytes":2}}}',
  );
  expect(buffers.map((buffer) => Buffer.from(buffer).toString('hex'))).toEqual([
    '000000000000f03f00000000000000c0',
    '01',
    '6162',
  ]);
});

describe('what is sent arrives', () => {
  test('plain values', () => {
    const infos = {
      list: [1, 'two', true, null, [], {}],
      $key: { $$deep: 0.5 },
      ['__proto__']: 3,
      numbers: [Number.NaN, Infinity, -Infinity],
    };
    const received = sent(infos);
    expect(received).toEqual(infos);
    expect(Object.keys(received)).toEqual(Object.keys(infos));
    expect(Object.getPrototypeOf(received)).toBe(Object.prototype);
  });

  test.each<[ArrayBufferView & ArrayLike<number | bigint>, string]>([
    [Float32Array.of(0.1, -1), 'float32'],
    [Float64Array.of(0.1), 'float64'],
    [Int8Array.of(-128), 'int8'],
    [Int16Array.of(-300), 'int16'],
    [Int32Array.of(-70_000), 'int32'],
    [BigInt64Array.of(-5n), 'int64'],
    [Uint8Array.of(255), 'uint8'],
    [Uint8ClampedArray.of(255), 'uint8'],
    [Uint16Array.of(65_535), 'uint16'],
    [Uint32Array.of(4_294_967_295), 'uint32'],
    [BigUint64Array.of(5n), 'uint64'],
    [Float32Array.of(), 'float32'],
  ])('%p', (array, dtype) => {
    const received = sent({ array }).array as NdArray;
    expect(received).toBeInstanceOf(NdArray);
    expect([received.dtype, received.shape]).toEqual([dtype, [array.length]]);
    expect(Array.from(received.data)).toEqual(Array.from(array as ArrayLike<number>, Number));
  });

  test('arrays of all types and shapes', () => {
    for (const dtype of ['float16', 'bool', 'int64', 'uint64', 'float32'] as const) {
      const { data, shape } = sent({ a: new NdArray(dtype, [2, 1, 1], [1, 0]) }).a as NdArray;
      expect([Array.from(data), shape]).toEqual([
        [1, 0],
        [2, 1, 1],
      ]);
    }
  });

  test('bytes, and the marks of Python', () => {
    expect(sent({ raw: Buffer.from('abc') }).raw).toEqual(Buffer.from('abc'));
    const skeleton = { t: { $tuple: [1, { $float: 'inf' }] }, o: { $objects: [null, 'x'] }, s: { $text: '<lambda>' } };
    expect(decodeInfos(skeleton, [])).toEqual({ t: [1, Infinity], o: [null, 'x'], s: '<lambda>' });
  });
});

describe('what cannot be sent goes as text', () => {
  test.each<[unknown, string]>([
    [new Map([['a', 1]]), "Map(1) { 'a' => 1 }"],
    [12n, '12n'],
    [Symbol('s'), 'Symbol(s)'],
    [new (class Arm {})(), 'Arm {}'],
  ])('%p', (value, text) => {
    expect(sent({ value })).toEqual({ value: text });
  });

  test('objects within themselves, and those too deep', () => {
    const self: Record<string, unknown> = { n: 1 };
    self.self = self;
    expect(sent(self)).toMatchObject({ n: 1, self: expect.stringContaining('Circular') });
    let deep: unknown = { bottom: 1 };
    for (let i = 0; i < 200; i++) deep = [deep];
    expect(JSON.stringify(sent({ deep }))).toContain('[Array]');
    let edge: unknown = new NdArray('int8', [1], [1]);
    for (let i = 0; i < 100; i++) {
      edge = [edge];
      expect(() => sent({ edge })).not.toThrow();
    }
  });
});

describe('what makes no sense is refused', () => {
  const eight = new Uint8Array(8);

  test.each<[string, unknown, string]>([
    ['an array of nothing', { $array: 3 }, 'dtype, shape and buffer'],
    ['an unknown dtype', { $array: ['object', [1], 0] }, 'the dtype'],
    ['a broken shape', { $array: ['int8', [0.5], 0] }, 'the shape'],
    ['a negative shape', { $array: ['int8', [-1, -8], 0] }, 'the shape'],
    ['a buffer that is not there', { $array: ['int8', [8], 1] }, 'one of 1 buffers'],
    ['a buffer by name', { $bytes: 'length' }, 'one of 1 buffers'],
    ['another length', { $array: ['int8', [9], 0] }, 'expected 9 bytes'],
    ['a buffer twice', [{ $bytes: 0 }, { $bytes: 0 }], 'every buffer once'],
    ['an unknown number', { $float: 'NaN' }, "'nan'"],
    ['a tuple of one', { $tuple: 1 }, 'a list'],
    ['text of numbers', { $text: 1 }, 'text'],
    ['an unknown mark', { $code: 'import os' }, 'a known marker'],
    ['a mark among others', { $float: 'nan', a: 1 }, 'a marker alone'],
  ])('%s', (_, value, message) => {
    const decode = () => decodeInfos({ value }, [eight]);
    expect(decode).toThrow(ProtocolError);
    expect(decode).toThrow(message);
  });

  test('infos that are no object', () => {
    for (const skeleton of [[], null, 3, 'x', { $tuple: [] }]) {
      expect(() => decodeInfos(skeleton as never, [])).toThrow(ProtocolError);
    }
  });

  test('whatever is changed, there are infos or a ProtocolError', () => {
    const random = new Random(3);
    const { skeleton, buffers } = encodeInfos({
      a: Float32Array.of(1, 2),
      b: Buffer.from('x'),
      c: [Number.NaN, { $d: 1 }],
    });
    const text = JSON.stringify(skeleton);
    let refusals = 0;
    for (let i = 0; i < 3000; i++) {
      const at = random.integers(0, text.length);
      const damaged = text.slice(0, at) + String.fromCharCode(random.integers(32, 127)) + text.slice(at + 1);
      let parsed: Record<string, unknown>;
      try {
        parsed = JSON.parse(damaged);
      } catch {
        continue;
      }
      try {
        decodeInfos(parsed, buffers);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        refusals++;
      }
    }
    expect(refusals).toBeGreaterThan(100);
  });
});
