import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openJsonlSink } from '../../../src/training/sinks/jsonl.ts';

test('one JSON object a line, resumed where it was left', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jsonl-'));
  const path = join(folder, 'events.jsonl');
  let now = 1000.5;
  const clock = () => now++;

  const first = openJsonlSink(path, { clock });
  first.write('start', 0, { threads: 2, note: 'line\nbreak, ü' });
  first.write('evaluation', 10, { mean: Number.NaN });
  const resumeAt = first.position();
  first.write('checkpoint', 20);
  first.close();
  appendFileSync(path, '{"time":');

  const second = openJsonlSink(path, { clock, resumeAt });
  second.write('resume', 10);
  second.close();

  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  expect(lines[0]).toBe('{"time":1000.5,"step":0,"event":"start","threads":2,"note":"line\\nbreak, ü"}');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { time: 1000.5, step: 0, event: 'start', threads: 2, note: 'line\nbreak, ü' },
    { time: 1001.5, step: 10, event: 'evaluation', mean: null },
    { time: 1003.5, step: 10, event: 'resume' },
  ]);
  rmSync(folder, { recursive: true });
});
