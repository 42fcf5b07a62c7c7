import type { ImpalaConfig } from '../../algorithms/impala.ts';
import { createRollout, type Rollout, type RolloutShape } from '../../algorithms/rollout.ts';
import { packArrays, unpackArrays } from '../../core/array-json.ts';
import { Random } from '../../core/random.ts';
import { RewardNormaliser } from '../../policy/normalisers.ts';
import type { ActingPolicy, ActorOptions, ActorState, Experience } from '../actors/actor.ts';
import type { ActorHandle } from '../actors/actor-handle.ts';
import { localActor } from '../actors/local-actor.ts';
import { threadActor } from '../actors/thread-actor.ts';
import { EpisodeWindow, type EpisodeWindowState } from '../episodes.ts';
import type { Learner, LearnerOptions } from '../learner.ts';
import { openRolloutTrainer } from '../threads/open-trainer.ts';
import type { Trainer } from '../trainers/trainer.ts';

/** A rollout under way in every actor. */
interface Flight {
  /** Updates before the weights it is flown with. */
  version: number;
  experiences: Promise<Experience>[];
}

interface StoredState {
  update: number;
  actors: ActorState[];
  flights: { version: number; experiences: Experience[] }[];
  episodes: EpisodeWindowState;
  discountedReturns: (number[] | undefined)[];
}

/**
 * Actors take rollouts while the learner learns from earlier ones. Which weights a rollout is taken with is fixed, not
 * left to who is quicker: rollout j with those after update j - lag. So a run is a function of its seed, and the lag is
 * bounded by what it is set to.
 */
export async function actorLearner(
  options: LearnerOptions,
  config: { name: 'impala' } & ImpalaConfig,
): Promise<Learner> {
  const { seed, engine, policy: policyConfig } = options;
  const [weightRandom, ...actorRandoms] = new Random(seed).spawn(1 + config.actors);
  const actors: ActorHandle[] = [];
  try {
    for (const random of actorRandoms) {
      // Far from each other: each seeds its environments with consecutive numbers.
      const own = { seed: seed + actors.length * 100_003, random: random.getState() };
      actors.push(await openActor(options, { ...own, policy: policyConfig, rolloutSteps: config.rolloutSteps }));
    }
  } catch (error) {
    for (const actor of actors) await actor.close();
    throw error;
  }

  const [{ numEnvs, observationSpace, actionSpace, hasMasks, signalNames, savesEnvironments }] = actors.map(
    ({ facts }) => facts,
  );
  const shapeFor = ({ policy }: Trainer<Rollout>): RolloutShape => ({
    steps: config.rolloutSteps,
    numEnvs: numEnvs * actors.length,
    observationSize: policy.observationSize,
    actionSize: policy.distribution.actionSize,
    maskSize: hasMasks ? policy.maskSize : 0,
    keepTails: true,
  });
  const trainer = await openRolloutTrainer(
    options,
    config,
    {
      engine,
      policy: policyConfig,
      observationSpace,
      actionSpace,
      maxRows: options.maxRows,
      weightRandom,
      // V-trace draws nothing.
      updateRandom: new Random(0),
    },
    shapeFor,
  );
  const { policy } = trainer;
  const rollout = createRollout(shapeFor(trainer));
  const { returnMoments } = policy;
  const rewardNormalisers = actors.map(
    () => returnMoments && new RewardNormaliser(returnMoments, numEnvs, config.gamma),
  );
  const episodes = new EpisodeWindow();
  const signalMeans = new Float64Array(signalNames.length);
  let update = 0;
  let flights: Flight[] = [];

  const takeOff = (): void => {
    const acting: ActingPolicy = {
      tensors: policy.model.getTensors(),
      normaliser: policy.observationNormaliser?.moments.getState(),
    };
    flights.push({ version: update, experiences: actors.map((actor) => actor.collect(acting)) });
  };

  return {
    policy,
    metricNames: [...trainer.metricNames, 'lag'],
    episodes,
    signalNames,
    signalMeans,
    savesEnvironments,
    async start() {
      for (const actor of actors) await actor.start();
    },
    async learn(progress) {
      while (flights.length <= config.lag) takeOff();
      const { version, experiences } = flights.shift()!;
      signalMeans.fill(0);
      rollout.tails!.count = 0;
      for (const [a, landing] of experiences.entries()) {
        const experience = await landing;
        join(rollout, experience, a, numEnvs);
        scaleRewards(rollout, rewardNormalisers[a], a, numEnvs);
        if (experience.observed) policy.observationNormaliser?.moments.merge(experience.observed);
        episodes.append(experience.episodes);
        experience.signalMeans.forEach((mean, k) => {
          signalMeans[k] += mean / actors.length;
        });
      }
      const metrics = { ...(await trainer.train(rollout, progress)), lag: update - version };
      update++;
      return { steps: rollout.size, metrics };
    },
    async getState() {
      // Actors are asked in order: each answers when its flights have landed.
      const landed = flights.map(async (flight) => ({
        version: flight.version,
        experiences: await Promise.all(flight.experiences),
      }));
      const stored: StoredState = {
        update,
        flights: await Promise.all(landed),
        actors: await Promise.all(actors.map((actor) => actor.getState())),
        episodes: episodes.getState(),
        discountedReturns: rewardNormalisers.map((normaliser) => normaliser?.getState()),
      };
      return { json: packArrays(stored), tensors: {} };
    },
    async setState({ json }) {
      const stored = unpackArrays(json) as StoredState;
      update = stored.update;
      flights = stored.flights.map(({ version, experiences }) => ({
        version,
        experiences: experiences.map((experience) => Promise.resolve(experience)),
      }));
      episodes.setState(stored.episodes);
      for (const [a, actor] of actors.entries()) {
        await actor.setState(stored.actors[a]);
        rewardNormalisers[a]?.setState(stored.discountedReturns[a]!);
      }
    },
    async close() {
      for (const actor of actors) await actor.close();
      await trainer.close();
    },
  };
}

async function openActor(options: LearnerOptions, own: ActorOptions): Promise<ActorHandle> {
  const { envModule, numEnvs, openEnvs, engine } = options;
  return envModule && numEnvs !== undefined
    ? threadActor({ envModule, numEnvs, options: own })
    : localActor(await openEnvs(), engine, own);
}

/** Writes what actor `a` experienced into its columns of the rollout. */
function join(rollout: Rollout, experience: Experience, a: number, numEnvs: number): void {
  const { tails } = rollout;
  for (let t = 0; t < rollout.steps; t++) {
    const to = t * rollout.numEnvs + a * numEnvs;
    const from = t * numEnvs;
    copyRows(experience.observations, from, rollout.observations, to, numEnvs, rollout.size);
    copyRows(experience.actions, from, rollout.actions, to, numEnvs, rollout.size);
    if (rollout.masks && experience.masks) copyRows(experience.masks, from, rollout.masks, to, numEnvs, rollout.size);
    for (const name of ['logProbs', 'rewards', 'terminated', 'truncated'] as const) {
      copyRows(experience[name], from, rollout[name], to, numEnvs, rollout.size);
    }
  }
  const width = rollout.observations.length / rollout.size;
  for (let k = 0; k < experience.tails.count; k++) {
    const entry = experience.tails.entries[k];
    tails!.entries[tails!.count + k] = Math.floor(entry / numEnvs) * rollout.numEnvs + a * numEnvs + (entry % numEnvs);
  }
  tails!.observations.set(experience.tails.observations, tails!.count * width);
  tails!.count += experience.tails.count;
}

function copyRows<T extends Float32Array | Float64Array | Uint8Array>(
  source: T,
  from: number,
  target: T,
  to: number,
  rows: number,
  size: number,
): void {
  const width = target.length / size;
  target.set(source.subarray(from * width, (from + rows) * width), to * width);
}

function scaleRewards(rollout: Rollout, normaliser: RewardNormaliser | undefined, a: number, numEnvs: number): void {
  if (normaliser === undefined) return;
  const { rewards, terminated, truncated } = rollout;
  for (let t = 0; t < rollout.steps; t++) {
    const at = t * rollout.numEnvs + a * numEnvs;
    normaliser.normalise(
      rewards.slice(at, at + numEnvs),
      terminated.subarray(at, at + numEnvs),
      truncated.subarray(at, at + numEnvs),
      rewards,
      at,
    );
  }
}
