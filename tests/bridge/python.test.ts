import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import { packagePath } from '../../src/core/package-path.ts';
import { testUnless } from '../optional.ts';
import { noPython, python } from './hosts.ts';

const run = promisify(execFile);
const folder = packagePath('tests', 'bridge', 'python');
const modules = readdirSync(folder).filter((name) => /^test_\w+\.py$/.test(name));

for (const file of modules) {
  testUnless(noPython)(
    `Python: ${basename(file, '.py')}`,
    async () => {
      const env = { ...process.env, PYTHONPATH: `${packagePath('bridge', 'python')}:${folder}` };
      const args = ['-W', 'ignore::ResourceWarning', '-m', 'unittest', '-b', basename(file, '.py')];
      const { stderr } = await run(python, args, { cwd: folder, env }).catch((error) => {
        throw new Error(`${file} fails:\n${error.stderr}\n${error.stdout}`);
      });
      expect(stderr).toMatch(/\nOK\n?/);
      // Everything they ask for is here: nothing is left out.
      expect(stderr).not.toMatch(/skipped/);
    },
    600_000,
  );
}
