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
  for (const setting of casesOf(part)) {
    options.say(setting.name);
    const [single, ...others] = await compare(setting.name, options.threads, options, {
      mine: (threads) => measureTraining(setting, threads, options.seconds),
      theirs: (peer, cores) => peer.training(setting, cores),
    });
    const phases = await phasesOf(setting, options.seconds);
    rows.push({ ...single, ...(phases && { phases }) }, ...others);
  }
  return rows;
}

/** GFLOP/s of the product that most of learning consists of, where a peer has one to compare it with. */
export async function measureProducts(options: MeasureOptions): Promise<Row[]> {
  if (!options.peers.some((peer) => peer.product() !== undefined)) return [];
  options.say('a product');
  const seconds = Math.min(options.seconds, 2);
  return compare(
    '2048x64 by 64x64',
    [1],
    { ...options, seconds },
    {
      mine: async () => measureProduct(seconds),
      theirs: (peer) => peer.product(),
    },
  );
}

/** Actions a second. */
export async function measureActing(options: MeasureOptions): Promise<Row[]> {
  const rows: Row[] = [];
  const seconds = Math.min(options.seconds, 2);
  for (const batch of batches) {
    options.say(`acting on ${batch} at once`);
    const measured = await compare(
      `${batch} at once`,
      [1],
      { ...options, seconds },
      {
        mine: async () => measureInference(batch, seconds),
        theirs: (peer) => peer.inference(batch),
      },
    );
    rows.push(...measured);
  }
  return rows;
}

/** Milliseconds of a minibatch with networks as for HalfCheetah. */
export async function measureUpdates(options: MeasureOptions): Promise<Row[]> {
  options.say('updates of 256-256 networks');
  return compare('minibatch 2048', options.threads, options, {
    mine: (threads) => measureUpdate(threads, options.seconds),
    theirs: (peer, cores) => peer.update(cores),
  });
}

async function phasesOf(setting: TrainingCase, seconds: number): Promise<Phases | undefined> {
  // Where one batch is learned from after every step, phases are no stretches of time that could be clocked.
  return setting.sac ? undefined : measurePhases(setting, seconds);
}

/** The same with each number of threads and by the peers, in turns. The first number is what the others are held against. */
async function compare(
  name: string,
  threads: readonly number[],
  { rounds, seconds, peers }: MeasureOptions,
  {
    mine,
    theirs,
  }: { mine(threads: number): Promise<number>; theirs(peer: Peer, cores: number): Measurement | undefined },
): Promise<Row[]> {
  const others = threads.map((cores) =>
    peers.flatMap((peer) => {
      const measurement = theirs(peer, cores);
      return measurement ? [{ name: peer.name, ...measurement }] : [];
    }),
  );
  const allOthers = others.flat();
  const values = await inTurns(rounds, [
    ...threads.map((count) => () => mine(count)),
    ...allOthers.map((other) => () => other.measure(seconds)),
  ]);
  return threads.map((count, k) => ({
    name,
    threads: count,
    value: spreadOf(values[k]),
    gain: spreadOf(ratiosOf(values[k], values[0])),
    peers: others[k].map((other) => {
      const value = values[threads.length + allOthers.indexOf(other)];
      return {
        name: other.name,
        value: spreadOf(value),
        ratio: spreadOf(ratiosOf(values[k], value)),
        threads: other.threads(),
      };
    }),
  }));
}
