import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { UserError } from '../../src/core/errors.ts';
import { filledOptions } from '../../src/core/filled-options.ts';

const schema = z.strictObject({
  rate: z.number().min(0).default(0.5),
  names: z.array(z.string()).default(['a']),
  inner: z.strictObject({ sizes: z.array(z.number().positive()) }).optional(),
});
const fill = (options: object) => filledOptions('arm', schema, options);

test('what is missing is filled in, what is given is kept, and the options are left as they are', () => {
  const options = { rate: 0 };
  expect(fill(options)).toEqual({ rate: 0, names: ['a'] });
  expect(options).toEqual({ rate: 0 });
  expect(fill({ rate: undefined })).toEqual({ rate: 0.5, names: ['a'] });
});

test.each([
  ['a name there is not', { rat: 1 }, "Unknown arm option 'rat'. Did you mean 'rate'? Known: rate, names, inner."],
  ['a value out of bounds', { rate: -1 }, /^The arm option 'rate' does not fit: .*, got -1\.$/],
  ['a value of another kind', { names: 'b' }, /^The arm option 'names' does not fit: .*, got "b"\.$/],
  ['one deep within', { inner: { sizes: [1, 0] } }, /^The arm option 'inner\.sizes\.1' does not fit: .*, got 0\.$/],
  ['nothing, deep within', { inner: {} }, /^The arm option 'inner\.sizes' does not fit: .*, got undefined\.$/],
])('%s is refused', (_, options, message) => {
  expect(() => fill(options)).toThrow(UserError);
  expect(() => fill(options)).toThrow(message);
});
