import { expect, test } from '@jest/globals';
import { Message } from '../../src/export/protobuf.ts';

// The examples of https://protobuf.dev/programming-guides/encoding/, byte by byte.
test.each([
  ['integer 150 in field 1', new Message().integer(1, 150), [0x08, 0x96, 0x01]],
  ['string "testing" in field 2', new Message().bytes(2, 'testing'), [0x12, 0x07, ...Buffer.from('testing')]],
  ['a message in field 3', new Message().message(3, new Message().integer(1, 150)), [0x1a, 0x03, 0x08, 0x96, 0x01]],
  ['-2 as ten bytes', new Message().integer(1, -2), [0x08, 0xfe, ...new Array(8).fill(0xff), 0x01]],
  ['field 20, whose tag takes two bytes', new Message().integer(20, 7), [0xa0, 0x01, 0x07]],
  ['nothing', new Message(), []],
])('%s', (_, message, bytes) => {
  expect(Array.from(message.encode())).toEqual(bytes);
});
