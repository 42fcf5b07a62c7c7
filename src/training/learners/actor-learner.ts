import type { ImpalaConfig } from '../../algorithms/impala.ts';
import { createRollout, placeEnvs, type Rollout, type RolloutShape } from '../../algorithms/rollout.ts';
import { packArrays, unpackArrays } from '../../core/array-json.ts';
import { Random } from '../../core/random.ts';
import { RewardNormaliser } from '../../policy/normalisers.ts';
import type { Policy } from '../../policy/policy.ts';
import type { ActingPolicy, ActorOptions, ActorState, Experience } from '../actors/actor.ts';
import type { ActorHandle } from '../actors/actor-handle.ts';
import { Flights, measuredLag } from '../actors/flights.ts';
import { localActor } from '../actors/local-actor.ts';
import { threadActor } from '../actors/thread-actor.ts';
import { EpisodeWindow, type EpisodeWindowState } from '../episodes.ts';
import type { Learner, LearnerOptions } from '../learner.ts';
import { openRolloutTrainer } from '../threads/open-trainer.ts';
import type { Trainer } from '../trainers/trainer.ts';

interface StoredState {
  update: number;
  actors: ActorState[];
  /** Rollouts ahead of the learner, of every actor. */
  flights: { experience: Experience; rollout: StoredRollout }[][];
  episodes: EpisodeWindowState;
  discountedReturns: number[] | undefined;
}

/**
 * Actors take rollouts while the learner learns from earlier ones, as `Flights` tells: a run is a function of its seed,
 * and the lag is bounded by what it is set to. Rollouts are written to memory that the threads share.
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
      const room = { rolloutSteps: config.rolloutSteps, slots: Flights.slotsFor(config.lag) };
      actors.push(await openActor(options, { ...own, ...room, policy: policyConfig }));
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
  const rewards = rewardScaler(rollout, policy, config.gamma);
  const episodes = new EpisodeWindow();
  const signalMeans = new Float64Array(signalNames.length);
  let update = 0;
  const flights = new Flights<Experience[]>(config.lag, (slot) => {
    const acting: ActingPolicy = {
      version: update,
      tensors: policy.model.getTensors(),
      normaliser: policy.observationNormaliser?.moments.getState(),
    };
    return Promise.all(actors.map((actor) => actor.collect({ policy: acting, slot })));
  });

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
      const { slot, landing } = flights.next();
      const experiences = await landing;
      signalMeans.fill(0);
      rollout.tails!.count = 0;
      for (const [a, experience] of experiences.entries()) {
        placeEnvs(landed(actors[a].slots[slot], experience), rollout, a * numEnvs);
        if (experience.observed) policy.observationNormaliser?.moments.merge(experience.observed);
        episodes.append(experience.episodes);
        experience.signalMeans.forEach((mean, k) => {
          signalMeans[k] += mean / actors.length;
        });
      }
      rewards.scale();
      const versions = experiences.map(({ version }) => version);
      const lag = measuredLag(update, versions, config.lag);
      const metrics = { ...(await trainer.train(rollout, progress)), lag };
      update++;
      return { steps: rollout.size, metrics };
    },
    async getState() {
      const ahead = flights.underWay.map(async ({ slot, landing }) =>
        (await landing).map((experience, a) => {
          const rollout = landed(actors[a].slots[slot], experience);
          return { experience, rollout: storedRollout(rollout) };
        }),
      );
      const stored: StoredState = {
        update,
        flights: await Promise.all(ahead),
        actors: await Promise.all(actors.map((actor) => actor.getState())),
        episodes: episodes.getState(),
        discountedReturns: rewards.getState(),
      };
      return { json: packArrays(stored), tensors: {} };
    },
    async setState({ json }) {
      const stored = unpackArrays(json) as StoredState;
      update = stored.update;
      stored.flights.forEach((flight, slot) => {
        for (const [a, { rollout }] of flight.entries()) restoreRollout(actors[a].slots[slot], rollout);
      });
      flights.resume(stored.flights.map((flight) => flight.map(({ experience }) => experience)));
      episodes.setState(stored.episodes);
      for (const [a, actor] of actors.entries()) await actor.setState(stored.actors[a]);
      if (stored.discountedReturns) rewards.setState(stored.discountedReturns);
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

/** An actor's rollout as this thread sees it. */
function landed(slot: Rollout, { tails }: Experience): Rollout {
  slot.tails!.count = tails;
  return slot;
}

/** What of an actor's rollout is learned from; values are worked out anew. */
const EXPERIENCED = ['observations', 'actions', 'logProbs', 'rewards', 'terminated', 'truncated'] as const;

type StoredRollout = Pick<Rollout, (typeof EXPERIENCED)[number] | 'masks' | 'tails'>;

/** Without what older rollouts have left in its arrays. */
function storedRollout(rollout: Rollout): StoredRollout {
  const { observations, actions, logProbs, rewards, terminated, truncated, masks, size } = rollout;
  const { count, entries, observations: after } = rollout.tails!;
  const width = observations.length / size;
  const tails = { count, entries: entries.subarray(0, count), observations: after.subarray(0, count * width) };
  return { observations, actions, logProbs, rewards, terminated, truncated, masks, tails };
}

function restoreRollout(rollout: Rollout, stored: StoredRollout): void {
  for (const name of EXPERIENCED) rollout[name].set(stored[name]);
  if (stored.masks) rollout.masks?.set(stored.masks);
  rollout.tails?.entries.set(stored.tails!.entries);
  rollout.tails?.observations.set(stored.tails!.observations);
}

/** Scales the rewards of a rollout in place, step by step, where the policy's rewards are normalised. */
function rewardScaler(rollout: Rollout, { returnMoments }: Policy, gamma: number) {
  const { steps, numEnvs } = rollout;
  const normaliser = returnMoments && new RewardNormaliser(returnMoments, numEnvs, gamma);
  const views = Array.from({ length: steps }, (_, t) => {
    const [start, end] = [t * numEnvs, (t + 1) * numEnvs];
    return {
      rewards: rollout.rewards.subarray(start, end),
      terminated: rollout.terminated.subarray(start, end),
      truncated: rollout.truncated.subarray(start, end),
    };
  });
  return {
    scale(): void {
      for (const { rewards, terminated, truncated } of views)
        normaliser?.normalise(rewards, terminated, truncated, rewards, 0);
    },
    getState: () => normaliser?.getState(),
    setState: (returns: readonly number[]) => normaliser?.setState(returns),
  };
}
