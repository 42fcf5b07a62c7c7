import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Outcome, upslopeCommand, upslopeIn, upslopeJson } from '../cli-run.ts';

let folder: string;
let upslope: (...args: string[]) => Outcome;
let library: string;
let assay: string;

/** Eight acids and eight amines; the value of an amide is the sum of what its parts contribute. */
const acids = [
  'CC(=O)O',
  'CCC(=O)O',
  'CCCC(=O)O',
  'OC(=O)c1ccccc1',
  'OC(=O)c1ccncc1',
  'OC(=O)C1CC1',
  'OC(=O)C1CCC1',
  'OC(=O)CC#N',
];
const amines = ['CN', 'CCN', 'CCCN', 'Nc1ccccc1', 'NCc1ccccc1', 'NC1CC1', 'C1CCNCC1', 'C1COCCN1'];
const worthOf = (acid: number, amine: number) => acid * acid + 7 * amine;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'upslope-molecules-'));
  upslope = upslopeIn(folder);
  library = join(folder, 'lib.yaml');
  writeFileSync(
    library,
    [
      'name: small',
      "reaction: '[C:1](=[O:2])[OX2H].[NX3;H2,H1;!$(NC=O):3]>>[C:1](=[O:2])[N:3]'",
      'slots:',
      `  - { name: acid, reagents: ${JSON.stringify([...acids, 'OC(C)=O', 'not a SMILES', 'CCO'])} }`,
      `  - { name: amine, reagents: ${JSON.stringify(amines)} }`,
    ].join('\n'),
  );
  assay = join(folder, 'assay.csv');
  const rows = acids.flatMap((acid, i) => amines.map((amine, j) => `${acid},${amine},${worthOf(i, j)}`));
  writeFileSync(assay, ['acid,amine,value', ...rows].join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('upslope screen', () => {
  interface Screened {
    products: number;
    policies: { id: string; best: { mean: number }; topRecovery: { mean: number }; evaluations: { mean: number } }[];
    best: { smiles: string; score: number }[];
    files: string[];
  }

  test('of policies side by side, with files of the best', async () => {
    const out = join(folder, 'screened');
    const found = await upslopeJson<Screened>(
      ...['screen', 'molecule-amides', '--exact', '--policies', 'thompson,ppo,uniform', '--budget', '192'],
      ...['--top', '5', '--out', out],
    );
    expect(found.products).toBe(4380);
    expect(found.policies.map(({ id }) => id)).toEqual(['thompson', 'ppo', 'uniform']);
    for (const { evaluations, best, topRecovery } of found.policies) {
      expect(evaluations.mean).toBe(192);
      expect(best.mean).toBeLessThanOrEqual(1);
      expect(topRecovery.mean).toBeLessThan(1);
    }
    expect(found.best[0].score).toBe(Number(Math.max(...found.policies.map(({ best }) => best.mean)).toPrecision(6)));
    const csv = readFileSync(join(out, 'best.csv'), 'utf8').trim().split('\n');
    expect(csv).toHaveLength(6);
    expect(csv[0]).toBe('smiles,inchikey,score,score qed,score logP,acid,amine');
    expect(readFileSync(join(out, 'best.sdf'), 'utf8').match(/\$\$\$\$/g)).toHaveLength(5);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Share of the true top 100 found');
  }, 180_000);

  const several = [
    'screen',
    'molecule-amides',
    '--policies',
    'thompson,ppo',
    '--budget',
    '150',
    '--batch',
    '30',
    '--seeds',
    '2',
  ];

  test('ends at Ctrl-C after the search at hand, and goes on from there to the same numbers', async () => {
    const straight = await upslopeJson<Screened>(...several);
    const out = join(folder, 'interrupted');
    const child = spawn(process.execPath, [upslopeCommand, ...several, '--out', out]);
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
    const first = join(out, 'campaigns', 'thompson-0.json');
    while (child.exitCode === null && !existsSync(first)) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    expect(stderr).toContain('Stopping after this search');
    const [, finished] = /Stopped after (\d) of 4 searches/.exec(stderr)!;
    expect(stderr).toContain(`screen --resume ${out}`);
    expect(readdirSync(join(out, 'campaigns'))).toHaveLength(Number(finished));
    expect(Number(finished)).toBeLessThan(4);
    expect(existsSync(join(out, 'report.html'))).toBe(false);

    const { mtimeMs } = statSync(first);
    const resumed = await upslopeJson<Screened>('screen', '--resume', out);
    expect(statSync(first).mtimeMs).toBe(mtimeMs);
    expect(readdirSync(join(out, 'campaigns'))).toHaveLength(4);
    expect(resumed.policies).toEqual(straight.policies);
    expect(resumed.best).toEqual(straight.best);
    expect(resumed.files).toContain(join(out, 'report.html'));

    const more: [string[], string][] = [
      [['--resume', out, '--seeds', '5'], 'leave out --seeds'],
      [['molecule-amides', '--resume', out], "leave out the scenario 'molecule-amides'"],
      [['molecule-amides', '--out', out], 'holds a screening already'],
    ];
    for (const [args, words] of more) {
      const { status, stderr } = upslope('screen', ...args);
      expect([status, stderr]).toEqual([2, expect.stringContaining(words)]);
    }
  }, 180_000);

  test.each([
    ['no scenario', [], /Expected the name of a scenario/],
    ['to go on with nothing', ['--resume', 'nowhere'], /nothing to go on with in nowhere/],
    [
      'a scenario of something else',
      ['cartpole'],
      /'cartpole' is of CartPole-v1: expected one of upslope\/MoleculeLibrary-v0/,
    ],
    ['a policy there is not', ['molecule-amides', '--policies', 'thomson'], /no search policy 'thomson'.*thompson/],
    ['to score millions', ['molecule-similarity', '--exact'], /11,744,824 products: expected 200,000 at the most/],
  ])('refuses %s', (_, args, message) => {
    const { status, stderr } = upslope('screen', ...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('upslope replay', () => {
  test('tells how many experiments each policy would have needed', async () => {
    const { stderr } = upslope(
      'replay',
      '--library',
      library,
      '--measurements',
      assay,
      '--policies',
      'uniform',
      '--seeds',
      '1',
    );
    expect(stderr).toContain("Slot 'acid': left out 1 (no SMILES): not.");
    expect(stderr).toContain("Slot 'acid': left out 1 (there already): OC(C)=O.");
    expect(stderr).toContain("Slot 'acid': left out 1 (cannot react): CCO.");

    const report = join(folder, 'replay.html');
    const found = await upslopeJson<{ measured: number; policies: { id: string; best: { mean: number } }[] }>(
      ...['replay', '--library', library, '--measurements', assay, '--policies', 'thompson,uniform'],
      ...['--batch', '4', '--seeds', '10', '--report', report],
    );
    expect(found.measured).toBe(64);
    const [thompson, uniform] = found.policies;
    expect(thompson.best.mean).toBeLessThan(uniform.best.mean);
    expect(readFileSync(report, 'utf8')).toContain('Best value so far');
  });

  test('less may be better: then the least value is the best', async () => {
    const negative = join(folder, 'negative.csv');
    writeFileSync(negative, readFileSync(assay, 'utf8').replace(/,(\d+)$/gm, ',-$1'));
    const common = ['--library', library, '--policies', 'thompson', '--seeds', '2', '--batch', '8'];
    const [up, down] = [
      await upslopeJson<{ policies: object[] }>('replay', '--measurements', assay, ...common),
      await upslopeJson<{ policies: object[] }>('replay', '--measurements', negative, '--minimise', ...common),
    ];
    expect(down.policies).toEqual(up.policies);
  });

  test.each([
    [
      'a column that is missing',
      'acid,value\nCC(=O)O,1\n',
      /expected a column 'amine' with reagents of that slot, but found acid, value/,
    ],
    [
      'a cell that is no number',
      'acid,amine,value\nCC(=O)O,CN,high\n',
      /line 2: expected a number in 'value', but found 'high'/,
    ],
    ['reagents of another library', 'acid,amine,value\nC,N,1\n', /no line tells of a product of 'small'/],
    ['nothing', '', /is empty\. Expected a header 'acid,amine,value'/],
    [
      'two columns of values',
      'acid,amine,a,b\nCC(=O)O,CN,1,2\n',
      /expected one column of values beside the slots, but found a, b/,
    ],
  ])('refuses %s', (_, text, message) => {
    const file = join(folder, 'bad.csv');
    writeFileSync(file, text);
    const { status, stderr } = upslope('replay', '--library', library, '--measurements', file);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('upslope suggest', () => {
  interface Suggested {
    measured: number;
    batch: ({ smiles: string } & Record<string, string | number>)[];
  }

  test('a first batch, then the next from what was measured: nothing twice, and better', async () => {
    const first = join(folder, 'round-1.csv');
    await upslopeJson<Suggested>('suggest', library, '--batch', '24', '--out', first);
    const [header, ...lines] = readFileSync(first, 'utf8').trim().split('\n');
    expect(header).toBe('smiles,inchikey,acid,amine,belief acid,belief amine');
    expect(lines).toHaveLength(24);
    const worthOfLine = (line: string) => {
      const [, , acid, amine] = line.split(',');
      return worthOf(acids.indexOf(acid), amines.indexOf(amine));
    };
    const measured = join(folder, 'measured.csv');
    writeFileSync(measured, [`${header},value`, ...lines.map((line) => `${line},${worthOfLine(line)}`)].join('\n'));

    const second = await upslopeJson<Suggested>('suggest', library, '--measurements', measured, '--batch', '8');
    expect(second.measured).toBe(24);
    expect(second.batch).toHaveLength(8);
    const made = new Set(lines.map((line) => line.split(',')[0]));
    for (const { smiles } of second.batch) expect(made.has(smiles)).toBe(false);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const values = second.batch.map(({ acid, amine }) =>
      worthOf(acids.indexOf(acid as string), amines.indexOf(amine as string)),
    );
    expect(mean(values)).toBeGreaterThan(mean(lines.map(worthOfLine)));
  });

  test('no more than there is; files by their ending', () => {
    const out = join(folder, 'all.sdf');
    const { status, stderr, stdout } = upslope('suggest', library, '--batch', '100', '--out', out);
    expect(status).toBe(0);
    expect(stderr).toContain('Only 64 of 100 proposed');
    expect(stdout).toContain('The first 10 of 64.');
    expect(readFileSync(out, 'utf8').match(/\$\$\$\$/g)).toHaveLength(64);
    const bad = upslope('suggest', library, '--out', join(folder, 'batch.txt'));
    expect([bad.status, existsSync(join(folder, 'batch.txt'))]).toEqual([2, false]);
    expect(bad.stderr).toContain('expected a file that ends in .csv or .sdf');
  });
});
