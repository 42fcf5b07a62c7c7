import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import '../../envs/index.ts';
import { casesOf, prepareCase } from '../../cli/bench/cases.ts';
import { measureInference } from '../../cli/bench/inference.ts';
import { measurePhases } from '../../cli/bench/phases.ts';
import { measureTraining } from '../../cli/bench/training.ts';
import { measureUpdate } from '../../cli/bench/update.ts';
import { upslopeIn } from '../cli-run.ts';

// Each measures something for a moment, and some start threads or processes.
jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'upslope-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const upslope = upslopeIn(folder);

const small = {
  name: 'small',
  scenario: 'cartpole',
  set: ['environment.numEnvs=4', 'algorithm={ name: ppo, rolloutSteps: 8, minibatchSize: 16, epochs: 1 }'],
};

test.each([1, 2])('training is measured in %d threads', async (threads) => {
  const speed = await measureTraining(small, threads, 0.001);
  expect(speed).toBeGreaterThan(0);
  expect(Number.isFinite(speed)).toBe(true);
});

test('the phases are all of the time', async () => {
  const { environment, inference, learning, rest, learningGflops, kernelGflops } = await measurePhases(small, 0.001);
  expect(environment + inference + learning + rest).toBeCloseTo(1, 9);
  for (const value of [environment, inference, learning, rest, learningGflops, kernelGflops])
    expect(value).toBeGreaterThan(0);
});

test.each([1, 2])('an update without environments is measured in %d threads', async (threads) => {
  expect(await measureUpdate(threads, 0.001)).toBeGreaterThan(0);
});

test('acting is measured', () => {
  expect(measureInference(2, 0.001)).toBeGreaterThan(0);
});

test('every case is one that can be trained', async () => {
  for (const part of ['ppo', 'sac', 'domains'] as const) {
    for (const setting of casesOf(part)) {
      const { algorithm, numEnvs } = await prepareCase(setting);
      expect(algorithm.name).toBe(setting.sac ? 'sac' : 'ppo');
      if (setting.ppo) expect({ ...algorithm, numEnvs }).toMatchObject(setting.ppo);
    }
  }
});

test('what is measured is printed as one object, and written as a page', () => {
  const page = join(folder, 'benchmarks.md');
  const { status, stdout, stderr } = upslope('bench', '--only', 'kernels', '--json', '--write', page);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { circumstances, kernels, training } = JSON.parse(stdout);
  expect(circumstances.node).toBe(process.version);
  expect(kernels.kernels).toHaveLength(6);
  expect(training).toBeUndefined();
  expect(readFileSync(page, 'utf8')).toMatch(/^# Benchmarks\n.*\| forward 2048x64x64 \| [\d.]+ \| \d+ % \|/s);
});

test('the memory of a run is watched', () => {
  const { status, stdout } = upslope('bench', '--only', 'memory', '--steps', '20000', '--json');
  expect(status).toBe(0);
  const { memory } = JSON.parse(stdout);
  expect(memory.steps).toBeGreaterThanOrEqual(20_000);
  expect(memory.threads).toBe(1);
  for (const bytes of [memory.afterWarmUp, memory.atEnd, memory.most]) expect(bytes).toBeGreaterThan(1e6);
  expect(memory.growth).toBe(memory.atEnd / memory.afterWarmUp);
});

test.each([
  [['--only', 'kernel'], /Expected one of kernels, inference/],
  [['--against', 'rllib'], /Expected one of sb3, jax/],
  [['--rounds', '0'], /Expected a whole number of at least 1/],
])('bench %j is refused', (args, message) => {
  const { status, stdout, stderr } = upslope('bench', ...args);
  expect(stderr).toMatch(message);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
});

test('the help has examples', () => {
  expect(upslope('bench', '--help').stdout).toMatch(/\nExamples:\n {2}\$ upslope bench/);
});
