import { expect, test } from '@jest/globals';
import { UserError } from '../../src/core/errors.ts';
import { importOptional, once } from '../../src/core/optional-package.ts';

test('a package that is there is imported, by an entry of its own where it has one', async () => {
  const { join } = (await importOptional('A path', 'path', '1', 'node:path')) as typeof import('node:path');
  expect(join('a', 'b')).toMatch(/^a.b$/);
});

test('one that is not there is asked for, with the command that installs it', async () => {
  const loading = importOptional('The physics of arms', 'no-such-package-here', '1.2.3');
  await expect(loading).rejects.toThrow(UserError);
  await expect(loading).rejects.toThrow(
    /^The physics of arms needs the package no-such-package-here, .*: npm install no-such-package-here@1\.2\.3\n/,
  );
  const error = (await loading.catch((cause) => cause)) as Error;
  expect((error.cause as Error).message).toContain('no-such-package-here');
});

test('what was loaded is not loaded again, not even while it is under way; what failed is tried again', async () => {
  let calls = 0;
  const load = once(async () => {
    calls++;
    if (calls === 1) throw new Error('not yet');
    return { calls };
  });
  const [one, other] = [load(), load()];
  await expect(one).rejects.toThrow('not yet');
  await expect(other).rejects.toThrow('not yet');
  expect(calls).toBe(1);
  const [first, second] = await Promise.all([load(), load()]);
  expect(first).toEqual({ calls: 2 });
  expect(second).toBe(first);
  expect(await load()).toBe(first);
  expect(calls).toBe(2);
});
