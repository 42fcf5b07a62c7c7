import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createDisplay } from '../../cli/progress-display.ts';
import type { Progress } from '../../src/training/run.ts';

function recorder(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  Object.assign(stream, { isTTY, columns: 120 });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => chunks.join('') };
}

const at = (seconds: number, steps: number): Progress => ({
  update: 1,
  steps,
  totalSteps: 100_000,
  seconds,
  stepsPerSecond: 12_345.6,
  etaSeconds: 75,
  meanReturn: 123.456,
});

test('on a terminal a bar shows how far it is, how fast, how well and how long yet', () => {
  const { stream, text } = recorder(true);
  const display = createDisplay(stream);
  display.show(at(1, 50_000));
  display.stop();
  for (const part of ['50 %', '50,000 steps', '12,346 steps/s', 'return 123.5', '1 min 15 s left']) {
    expect(text()).toContain(part);
  }
});

test('a bar that has been stopped can be stopped again, and started anew', () => {
  const { stream, text } = recorder(true);
  const display = createDisplay(stream);
  display.stop();
  display.show(at(1, 50_000));
  display.stop();
  display.stop();
  display.show(at(2, 75_000));
  display.stop();
  expect(text()).toContain('75 %');
});

test('elsewhere there is a line now and then', () => {
  const { stream, text } = recorder(false);
  const display = createDisplay(stream);
  for (let seconds = 0; seconds < 25; seconds++) display.show(at(seconds, 1000 * seconds));
  display.stop();
  expect(text().split('\n')).toEqual([
    '10,000 of 100,000 steps, 12,346 steps/s, return 123.5, 1 min 15 s left',
    '20,000 of 100,000 steps, 12,346 steps/s, return 123.5, 1 min 15 s left',
    '',
  ]);
});
