import { measureProduct } from '../../src/engine/kernel-bench.ts';
import type { Part } from './cases.ts';
import { casesOf, type TrainingCase } from './cases.ts';
import { batches, measureInference } from './inference.ts';
import type { Measurement, Peer } from './peers.ts';
import { measurePhases, type Phases } from './phases.ts';
import type { Row } from './report.ts';
import { inTurns, ratiosOf, spreadOf } from './spread.ts';
import { measureTraining } from './training.ts';
import { measureUpdate } from './update.ts';

export interface MeasureOptions {
  rounds: number;
  /** Of one measurement. */
  seconds: number;
  /** Numbers of threads, each of which is measured. */
  threads: readonly number[];
  peers: readonly Peer[];
  /** Told what is being measured. */
  say(text: string): void;
}

/** Speed of training, in turns with the peers that do the same; with the phases of what one thread does. */
export async function measureCases(part: Part, options: MeasureOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const setting of casesOf(part, options.threads)) {
    const { name, threads } = setting;
    options.say(`${name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`);
    const mine = () => measureTraining(setting, options.seconds);
    const row = await compare(name, threads, mine, options, (peer) => peer.training(setting, threads));
    const phases = threads === 1 ? await phasesOf(setting, options.seconds) : undefined;
    rows.push({ ...row, ...(phases && { phases }) });
  }
  return rows;
}

/** GFLOP/s of the product that most of learning consists of, where a peer has one to compare it with. */
export async function measureProducts(options: MeasureOptions): Promise<Row[]> {
  if (!options.peers.some((peer) => peer.product() !== undefined)) return [];
  options.say('a product');
  const seconds = Math.min(options.seconds, 2);
  const mine = async () => measureProduct(seconds);
  return [await compare('2048x64 by 64x64', 1, mine, { ...options, seconds }, (peer) => peer.product())];
}

/** Actions a second. */
export async function measureActing(options: MeasureOptions): Promise<Row[]> {
  const rows: Row[] = [];
  const seconds = Math.min(options.seconds, 2);
  for (const batch of batches) {
    options.say(`acting on ${batch} at once`);
    const mine = async () => measureInference(batch, seconds);
    rows.push(await compare(`${batch} at once`, 1, mine, { ...options, seconds }, (peer) => peer.inference(batch)));
  }
  return rows;
}

/** Milliseconds of a minibatch with networks as for HalfCheetah. */
export async function measureUpdates(options: MeasureOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const threads of options.threads) {
    options.say(`update of 256-256 networks, ${threads} ${threads === 1 ? 'thread' : 'threads'}`);
    const mine = () => measureUpdate(threads, options.seconds);
    rows.push(await compare('minibatch 2048', threads, mine, options, (peer) => peer.update(threads)));
  }
  return rows;
}

async function phasesOf(setting: TrainingCase, seconds: number): Promise<Phases | undefined> {
  // Where one batch is learned from after every step, phases are no stretches of time that could be clocked.
  return setting.sac ? undefined : measurePhases(setting, seconds);
}

async function compare(
  name: string,
  threads: number,
  mine: () => Promise<number>,
  { rounds, seconds, peers }: MeasureOptions,
  measurementOf: (peer: Peer) => Measurement | undefined,
): Promise<Row> {
  const others = peers.flatMap((peer) => {
    const measurement = measurementOf(peer);
    return measurement ? [{ name: peer.name, ...measurement }] : [];
  });
  const [values, ...theirs] = await inTurns(rounds, [mine, ...others.map((other) => () => other.measure(seconds))]);
  return {
    name,
    threads,
    value: spreadOf(values),
    peers: others.map((other, k) => ({
      name: other.name,
      value: spreadOf(theirs[k]),
      ratio: spreadOf(ratiosOf(values, theirs[k])),
      threads: other.threads(),
    })),
  };
}
