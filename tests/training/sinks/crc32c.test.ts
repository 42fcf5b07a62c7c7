import { describe, expect, test } from '@jest/globals';
import { crc32c, maskedCrc32c } from '../../../src/training/sinks/crc32c.ts';

describe('crc32c', () => {
  // RFC 3720, appendix B.4, whose bytes are shown least significant first.
  test.each([
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['nothing', Buffer.alloc(0), 0],
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ])('of %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  test('masked: rotated right by 15 bits, plus a constant', () => {
    // 0xe3069283 rotated is 0x2507c60d; plus 0xa282ead8.
    expect(maskedCrc32c(Buffer.from('123456789'))).toBe(0xc78ab0e5);
  });
});
