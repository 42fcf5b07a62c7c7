import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { packagePath } from '../../src/core/package-path.ts';

/** What NumPy or Gymnasium gave, as written by `tests/fixtures/gymnasium/make.py`. */
export function readFixture<T>(name: string): T {
  return JSON.parse(gunzipSync(readFileSync(packagePath('tests/fixtures/gymnasium', `${name}.json.gz`))).toString());
}
