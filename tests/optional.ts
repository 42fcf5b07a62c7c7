import { expect, test } from '@jest/globals';

type Test = (name: string, body: () => Promise<void> | void, timeoutMs?: number) => void;

/**
 * `test`, where what it needs is present. Elsewhere the test is skipped with the reason printed,
 * and with `CI` set it fails: there everything must be present.
 */
export function testUnless(reason: string | undefined): Test {
  if (reason === undefined) return test;
  if (process.env.CI) {
    return (name) => {
      test(name, () => {
        expect(reason).toBe('');
      });
    };
  }
  process.stderr.write(`skipped: ${reason}\n`);
  return (name, body) => test.skip(name, body);
}
