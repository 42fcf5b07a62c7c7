import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { ArmFit } from '../../envs/index.ts';
import { loadMujoco } from '../../envs/robot-arm/mujoco.ts';
import { type Outcome, upslopeIn, upslopeJson } from '../cli-run.ts';
import { excitedLog, twoLinks } from '../envs/robot-arm/excited-log.ts';

await loadMujoco();

let folder: string;
let model: string;
let log: string;
let upslope: (...args: string[]) => Outcome;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'upslope-identify-'));
  upslope = upslopeIn(folder);
  model = join(folder, 'arm.xml');
  log = join(folder, 'joints.csv');
  writeFileSync(model, twoLinks);
  const truth = { damping: Float64Array.of(0.8, 0.3), armature: Float64Array.of(0.1, 0.06), payload: 0.5 };
  writeFileSync(log, excitedLog(model, {}, () => truth, { seconds: 6 }).csv);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('upslope identify', () => {
  test('prints and writes the fit', async () => {
    const out = join(folder, 'fit.json');
    const fit = await upslopeJson<ArmFit & { randomise: object }>(
      'identify',
      '--model',
      model,
      '--log',
      log,
      '--out',
      out,
    );
    expect(fit.payload.value).toBeCloseTo(0.5, 1);
    expect(fit.joints.map(({ joint }) => joint)).toEqual(['shoulder', 'elbow']);
    expect(fit.indistinct).toEqual([]);
    for (const { before, after } of fit.joints) expect(after.value).toBeLessThan(before / 5);
    expect(JSON.parse(readFileSync(out, 'utf8')).randomise).toEqual(fit.randomise);
  });

  test('what it says to put into a scenario trains the arm', async () => {
    const { status, stdout } = upslope('identify', '--model', model, '--log', log);
    expect(status).toBe(0);
    const { environment } = parse(stdout.slice(stdout.indexOf('environment:')));
    const set = ['--set', `environment.options.randomise=${JSON.stringify(environment.options.randomise)}`];
    const run = join(folder, 'run');
    const trained = await upslopeJson<{ stopped: string }>(
      ...['train', 'arm-reach', '--model', model, '--steps', '2048', '--out', run, ...set],
    );
    expect(trained.stopped).toBe('finished');
  }, 120_000);

  test.each([
    [['--log', 'nowhere.csv'], 2, 'There is no file'],
    [[], 2, "required option '--log <file>' not specified"],
    [['--log', 'LOG', '--window', '8'], 2, 'expected an odd number'],
    [['--log', 'LOG', '--model', 'nowhere.xml'], 2, 'There is no model'],
    [['--log', 'LOG', '--model', 'MODEL', '--site', 'tap'], 2, 'Did you mean tip?'],
    [['--log', 'LOG'], 2, "expected a column 'q1' or 'q_joint1' for each of the 7 joints"],
  ])('refuses %j', (args, code, words) => {
    const files: Record<string, string> = { LOG: log, MODEL: model };
    const { status, stderr } = upslope('identify', ...args.map((arg) => files[arg] ?? arg));
    expect(stderr).toContain(words);
    expect(status).toBe(code);
  });
});
