import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect } from '@jest/globals';
import { packagePath } from '../../src/core/package-path.ts';
import { upslopeCommand, upslopeIn, upslopeJson } from '../cli-run.ts';
import { testUnless } from '../optional.ts';
import { noPython, python, until } from './hosts.ts';

const test = testUnless(noPython);
const folder = mkdtempSync(join(tmpdir(), 'upslope-train-'));
afterAll(() => rmSync(folder, { recursive: true }));

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
function start(command: string, ...args: string[]): ChildProcess {
  const env = { ...process.env, PYTHONPATH: packagePath('bridge', 'python') };
  const child = spawn(command, args, { env, cwd: folder, stdio: 'ignore' });
  children.push(child);
  return child;
}

const SECONDS = 1000;
const usingPython = ['--set', `environment.bridge.python=${python}`];

interface Summary {
  steps: number;
  stopped: string;
}

test(
  'hosts that run elsewhere are trained on, whichever side calls the other',
  async () => {
    const incoming = `ipc://${join(folder, 'trainer')}`;
    const waiting = `ipc://${join(folder, 'simulator')}`;
    start(python, '-m', 'upslope.host', '--connect', incoming);
    start(python, '-m', 'upslope.host', '--bind', waiting);
    for (const setting of [`listen=${incoming}`, `connect=[${waiting}]`]) {
      const out = join(folder, setting.split('=')[0]);
      const where = ['--set', `environment.bridge.${setting}`, '--set', 'evaluation.episodes=2'];
      const summary = await upslopeJson<Summary>('train', 'gym-cartpole', '--steps', '1024', '--out', out, ...where);
      expect(summary).toMatchObject({ steps: 1024, stopped: 'finished' });
    }
  },
  120 * SECONDS,
);

test(
  'a killed run goes on with new episodes, and says so',
  async () => {
    const out = join(folder, 'killed');
    const run = start(process.execPath, upslopeCommand, 'train', 'gym-cartpole', '--out', out, ...usingPython);
    const checkpoints = join(out, 'checkpoints');
    await until(() => existsSync(checkpoints) && readdirSync(checkpoints).length > 0);
    run.kill('SIGKILL');
    await until(() => run.signalCode !== null);
    const summary = await upslopeJson<Summary>('train', '--resume', out, '--steps', '20000');
    expect(summary.stopped).toBe('finished');
    const events = readFileSync(join(out, 'events.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const text = expect.stringMatching(/cannot save their state/);
    expect(events).toContainEqual(expect.objectContaining({ event: 'note', text }));
  },
  120 * SECONDS,
);

test(
  'what cannot be made leaves no run behind',
  () => {
    const upslope = upslopeIn(folder);
    const refused = (...args: string[]): string => {
      const { status, stderr } = upslope('train', ...args, ...usingPython, '--out', 'refused');
      expect(status).toBe(1);
      expect(existsSync(join(folder, 'refused'))).toBe(false);
      return stderr;
    };
    expect(refused('gymnasium:CartPol-v1')).toMatch(/There is no environment 'CartPol-v1'.*CartPole/s);
    expect(refused('gymnasium:CartPole-v1', '--set', 'environment.options.gravityy=3')).toMatch(/gravityy/);
    expect(refused('gymnasium:CartPole-v1', '--set', 'environment.bridge.imports=[nowhere]')).toMatch(/nowhere/);
  },
  60 * SECONDS,
);
