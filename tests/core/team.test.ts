import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { packagePath } from '../../src/core/package-path.ts';
import {
  ALONE,
  createTeamMemory,
  failTeam,
  joinTeam,
  shareStart,
  sumOver,
  type TeamMemory,
} from '../../src/core/team.ts';

/** What members of a team, each in a thread of its own, post when they carry out `body`. */
function membersOutcomes(memory: TeamMemory, body: string, ranks = memory.size): Promise<unknown>[] {
  const url = JSON.stringify(pathToFileURL(packagePath('dist', 'src', 'core', 'team.js')).href);
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(${url}).then(({ joinTeam }) => {
      const team = joinTeam(workerData.memory, workerData.rank);
      const { rank, size } = team;
      parentPort.postMessage((() => { ${body} })());
    });`;
  return Array.from({ length: ranks }, (_, rank) => {
    const worker = new Worker(code, { eval: true, workerData: { memory, rank } });
    return new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });
}

test('one alone has its own sums and waits for nobody', () => {
  ALONE.barrier();
  expect(sumOver(ALONE, 1, 2)).toEqual([1, 2]);
  const team = joinTeam(createTeamMemory(1, 1), 0);
  team.barrier();
  expect(sumOver(team, 1, 2)).toEqual([1, 2]);
});

test.each([
  [2, 8],
  [3, 8],
  // Fewer processors than members: they sleep while they wait.
  [4, 1],
])('sums of %d members, over and over and longer than a block, are the same in all', async (size, processors) => {
  const body = `
    let total = 0;
    for (let round = 1; round <= 2000; round++) {
      const values = Float64Array.of(rank + 1, round, 0.1 * (rank + 1));
      team.sum(values);
      if (values[0] !== size * (size + 1) / 2 || values[1] !== size * round) return 'wrong in round ' + round;
      total += values[2];
    }
    const long = Float64Array.from({ length: 150 }, (_, k) => k + rank);
    team.sum(long);
    return { total, long: [...long] };`;
  const outcomes = (await Promise.all(membersOutcomes(createTeamMemory(size, processors), body))) as {
    total: number;
    long: number[];
  }[];
  const ranks = (size * (size - 1)) / 2;
  for (const { total, long } of outcomes) {
    // To the last bit: the order of the additions is that of the ranks.
    expect(total).toBe(outcomes[0].total);
    expect(long).toEqual(Array.from({ length: 150 }, (_, k) => size * k + ranks));
  }
  expect(outcomes[0].total).toBeCloseTo(2000 * 0.1 * (ranks + size), 8);
});

test('nobody passes a barrier before all have come', async () => {
  const counts = new Int32Array(new SharedArrayBuffer(4));
  const memory = { ...createTeamMemory(3, 8), counts };
  const body = `
    const { counts } = workerData.memory;
    for (let round = 1; round <= 3000; round++) {
      Atomics.add(counts, 0, 1);
      team.barrier();
      if (Atomics.load(counts, 0) < 3 * round) return 'too early in round ' + round;
      team.barrier();
    }
    return 'in step';`;
  expect(await Promise.all(membersOutcomes(memory, body))).toEqual(['in step', 'in step', 'in step']);
});

test('those who wait for one that fails are told, now and later', async () => {
  const memory = createTeamMemory(3, 8);
  const body = `
    const errors = [];
    for (let k = 0; k < 2; k++) {
      try { team.barrier(); } catch (error) { errors.push(error.name); }
    }
    return errors;`;
  const waiting = membersOutcomes(memory, body, 2);
  await new Promise((resolve) => setTimeout(resolve, 300));
  failTeam(memory);
  expect(await Promise.all(waiting)).toEqual([
    ['TeamFailure', 'TeamFailure'],
    ['TeamFailure', 'TeamFailure'],
  ]);
});

test('shares are as even as can be and leave nothing out', () => {
  expect([0, 1, 2, 3].map((rank) => shareStart(8, rank, 3))).toEqual([0, 2, 5, 8]);
  expect([0, 1, 2].map((rank) => shareStart(1, rank, 2))).toEqual([0, 0, 1]);
});
