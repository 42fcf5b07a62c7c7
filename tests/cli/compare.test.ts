import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type DistributionalEvidence,
  type EventTable,
  errorModel,
  errorModels,
  photometry,
  type Recovery,
  spikes,
  syntheticSignal,
  tellingSession,
} from '../../envs/index.ts';
import { Random } from '../../src/core/random.ts';
import { type Outcome, upslopeIn, upslopeJson } from '../cli-run.ts';

interface Found {
  channel: string;
  signal: string;
  bins: number;
  memory: number;
  best: string;
  bestHeldOut?: string;
  models: { id: string; bic: number; bicDifference: number; crossValidated: number | null; parameters: object }[];
  truth?: { id: string; parameters: Record<string, number> };
  evidence?: DistributionalEvidence;
}

/** s, on the clock of the recordings. */
const clockStart = 250;
const trials = 60;
const quick = ['--starts', '1', '--folds', '0'];

let folder: string;
let upslope: (...args: string[]) => Outcome;
const files: Record<string, string> = {};

const eventLines = (events: EventTable, shift: number) =>
  ['time,event,magnitude', ...events.map(({ time, event, magnitude }) => `${time + shift},${event},${magnitude}`)].join(
    '\n',
  );

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'upslope-compare-'));
  upslope = upslopeIn(folder);
  const write = (name: string, text: string) => {
    files[name] = join(folder, name);
    writeFileSync(files[name], text);
  };
  const session = tellingSession(trials, new Random(5));
  const { events, binned } = session;
  write('EVENTS', eventLines(events, clockStart));
  write(
    'JUICE',
    eventLines(
      events.map((one) => ({ ...one, event: one.event === 'reward' ? 'juice' : one.event })),
      clockStart,
    ),
  );
  write('LATER', eventLines(events, 1e5));

  const { signal } = syntheticSignal(errorModel('td'), session, photometry(binned.binSeconds), 0.3, new Random(7));
  const samples = Array.from(signal, (value, bin) =>
    [0.05, 0.15].map((within) => `${(clockStart + bin * binned.binSeconds + within - 0.05).toFixed(3)},${value},1`),
  ).flat();
  write('PHOTOMETRY', ['time,dLight,isosbestic', ...samples].join('\n'));

  const counts = ['anccr', 'td', 'rescorla-wagner'].map(
    (id, i) => syntheticSignal(errorModel(id), session, spikes(binned.binSeconds), 1, new Random(i)).signal,
  );
  const rows = counts.flatMap((cell, i) =>
    Array.from(cell).flatMap((count, bin) =>
      Array.from(
        { length: count },
        (_, k) => `unit ${i + 1},${clockStart + binned.binSeconds * (bin + (k + 0.5) / count)}`,
      ),
    ),
  );
  write('SPIKES', ['channel,time', ...rows].join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const named = (args: readonly string[]) => args.map((arg) => files[arg] ?? arg);

describe('upslope compare', () => {
  test('finds the model that made the photometry', async () => {
    const found = await upslopeJson<Found>(
      ...named(['compare', '--recording', 'PHOTOMETRY', '--events', 'EVENTS', '--models', 'td,anccr,rescorla-wagner']),
      ...['--starts', '2', '--folds', '2'],
    );
    expect([found.channel, found.signal]).toEqual(['dLight', 'photometry']);
    expect([found.best, found.bestHeldOut]).toEqual(['td', 'td']);
    expect(found.memory).toBeCloseTo(3.8, 1);
    const bics = found.models.map(({ bic }) => bic);
    expect(bics).toEqual(bics.toSorted((a, b) => a - b));
    expect(found.models.map(({ bicDifference }) => bicDifference)).toEqual(bics.map((bic) => bic - bics[0]));
    expect(found.evidence).toBeUndefined();
  });

  test('finds the model by which a neuron fired, and asks all of them for a distribution', async () => {
    const found = await upslopeJson<Found>(
      ...named(['compare', '--recording', 'SPIKES', '--events', 'EVENTS', '--channel', 'unit 1']),
      ...['--models', 'td,anccr', ...quick],
    );
    expect([found.channel, found.signal, found.best]).toEqual(['unit 1', 'spikes', 'anccr']);
    expect(found.bestHeldOut).toBeUndefined();
    expect(found.models[0].crossValidated).toBeNull();
    expect(found.evidence!.cells.map(({ name }) => name)).toEqual(['unit 1', 'unit 2', 'unit 3']);
  });

  test('writes a table, a sentence and a report', () => {
    const report = join(folder, 'report.html');
    const { status, stdout, stderr } = upslope(
      ...named(['compare', '--recording', 'PHOTOMETRY', '--events', 'JUICE', '--rename', 'juice=reward']),
      ...['--models', 'td,rescorla-wagner', '--baseline', '--report', report, '--starts', '1', '--folds', '2'],
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('TD(lambda), serial compound has the least BIC');
    expect(stdout).toContain('what was held out is what to trust');
    const html = readFileSync(report, 'utf8');
    for (const words of ['A, rewarded (n = ', 'B, unrewarded (n = ', 'third by third', 'BIC less the least']) {
      expect(html).toContain(words);
    }
  });

  test('makes up a recording, and tells what it was made with', async () => {
    const args = ['compare', '--synthetic', 'rescorla-wagner', '--models', 'rescorla-wagner,td', '--trials', '40'];
    const { best, truth, models } = await upslopeJson<Found>(...args, ...quick);
    expect(best).toBe('rescorla-wagner');
    expect(truth!.id).toBe('rescorla-wagner');
    expect(Object.keys(models[0].parameters)).toEqual(expect.arrayContaining(Object.keys(truth!.parameters)));
    const { stdout } = upslope(...args, ...quick, '--signal', 'spikes');
    expect(stdout).toMatch(/alphaPositive [\d.]+ \(.*true [\d.]+\)/);
    expect(stdout).toContain('cross-validate before you trust them');
  });

  test('tells how often models and parameters are found again', async () => {
    const args = [
      'compare',
      '--recovery',
      '--datasets',
      '2',
      '--trials',
      '20',
      '--models',
      'td,anccr',
      '--starts',
      '1',
    ];
    const { confusion, correlations } = await upslopeJson<Recovery>(...args);
    for (const row of confusion) expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
    expect(Object.keys(correlations[0])).toEqual(errorModel('td').parameters.map(({ name }) => name));
    const { stdout, stderr } = upslope(...args);
    expect(stderr).toBe('');
    expect(stdout).toContain('Made by');
    expect(stdout).toContain('Wins of');
    expect(stdout).toContain(
      '2 recordings of 20 trials by each model: photometry, with 1 times as much noise as signal.',
    );
    expect(stdout).toContain('In pairs, the model that made a recording won at least');
  });

  test('goes on from what was kept of made-up recordings', async () => {
    const keep = join(folder, 'recovery.jsonl');
    const args = ['compare', '--recovery', '--trials', '20', '--models', 'td,anccr', '--starts', '1'];
    const whole = await upslopeJson<Recovery>(...args, '--datasets', '2');
    await upslopeJson(...args, '--datasets', '1', '--keep', keep);
    const lines = readFileSync(keep, 'utf8').split('\n');
    expect(lines).toHaveLength(4);
    // Interrupted while the second was written, and what is kept counts: another result shows.
    const odd = lines[1].replace(/"bic":[-\d.e+]+/, '"bic":1e9');
    writeFileSync(keep, [lines[0], lines[1], lines[2].slice(0, 30)].join('\n'));
    expect(await upslopeJson(...args, '--datasets', '2', '--keep', keep)).toEqual(whole);
    writeFileSync(keep, `${[lines[0], odd].join('\n')}\n`);
    expect(await upslopeJson(...args, '--datasets', '2', '--keep', keep)).not.toEqual(whole);
    expect(readFileSync(keep, 'utf8').trim().split('\n')).toHaveLength(5);

    // Nothing that was damaged counts.
    const kept = readFileSync(keep, 'utf8');
    for (const damaged of ['null', lines[1].replace(/"fits":.*\]/, '"fits":[]'), odd.replace('1e9', 'null')]) {
      writeFileSync(keep, `${[lines[0], damaged].join('\n')}\n`);
      const { status, stderr } = upslope(...args, '--datasets', '2', '--keep', keep);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^error: .*recovery.jsonl, line 2: expected a recording .* Delete the line/);
    }
    writeFileSync(keep, kept);

    const other = upslope(...args, '--seed', '1', '--keep', keep);
    expect(other.status).toBe(1);
    expect(other.stderr).toContain('recovery.jsonl is not of these recordings');
    expect(readFileSync(keep, 'utf8').trim().split('\n')).toHaveLength(5);
  });

  test('tells what recordings were made up with', async () => {
    const args = ['compare', '--recovery', '--datasets', '1', '--trials', '10', '--models', 'distributional'];
    const facts = await upslopeJson<object & { drawn: object }>(
      ...args,
      '--signal',
      'spikes',
      '--neurons',
      '3',
      '--starts',
      '1',
    );
    expect(facts).toMatchObject({ signal: 'spikes', neurons: 3, datasets: 1, trials: 10, starts: 1, seed: 0 });
    expect(facts.drawn).toMatchObject([
      {
        alpha: [[0.03, 0.2]],
        tau: [
          [0.2, 0.35],
          [0.65, 0.8],
        ],
      },
    ]);
  });

  test('has help with all models', () => {
    const { status, stdout } = upslope('compare', '--help');
    expect(status).toBe(0);
    expect(stdout).toContain('Examples:');
    for (const { id } of errorModels) expect(stdout).toContain(id);
  });

  const recorded = ['--recording', 'PHOTOMETRY', '--events', 'EVENTS'];
  test.each([
    [[], 'Expected one of --recording'],
    [['--recovery', '--synthetic', 'td'], 'got 2'],
    [['--recording', 'nowhere.csv'], 'There is no file'],
    [['--recording', 'PHOTOMETRY', '--events', 'nowhere.csv'], 'There is no file'],
    [['--recording', 'PHOTOMETRY'], 'holds no events: give them as CSV with --events'],
    [['--recording', 'PHOTOMETRY', '--events', 'LATER'], 'no event lies within the recording'],
    [['--recording', 'PHOTOMETRY', '--events', 'JUICE'], '--rename <its name>=reward'],
    [[...recorded, '--models', 'microstimulus'], 'Did you mean microstimuli?'],
    [['--synthetic', 'rescorla'], 'Did you mean rescorla-wagner?'],
    [[...recorded, '--channel', 'dligth'], "Did you mean 'dLight'?"],
    [[...recorded, '--rename', 'tone=A'], "There is no event 'tone'"],
    [[...recorded, '--rename', 'tone'], 'as old=new'],
    [[...recorded, '--ignore', 'lick'], "There is no event 'lick'"],
    [[...recorded, '--align', 'D'], "There is no event 'D' to align to"],
    [[...recorded, '--signal', 'spikes'], 'holds samples of a signal'],
    [['--recording', 'SPIKES', '--events', 'EVENTS', '--dff'], 'holds spikes'],
    [[...recorded, '--bin', '-1'], 'Expected a number above 0'],
    [[...recorded, '--trials', '60'], '--trials goes with --synthetic <model> or --recovery: with --recording <file>'],
    [['--synthetic', 'td', '--events', 'EVENTS'], '--events goes with --recording <file>: with --synthetic <model>'],
    [['--synthetic', 'td', '--bin', '0.2'], '--bin goes with --recording <file>'],
    [['--synthetic', 'td', '--datasets', '2'], '--datasets goes with --recovery'],
    [['--synthetic', 'td', '--neurons', '2'], '--neurons goes with --signal spikes'],
    [['--recovery', '--channel', 'dLight'], '--channel goes with --recording <file>: with --recovery'],
    [['--recovery', '--rename', 'a=b'], '--rename goes with --recording <file>'],
    [['--recovery', '--folds', '0'], '--folds goes with --recording <file> or --synthetic <model>'],
  ])('refuses %j', (args, words) => {
    const { status, stderr, stdout } = upslope('compare', ...named(args));
    expect(stderr).toContain(words);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
