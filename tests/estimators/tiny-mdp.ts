/** Two states, two actions, three steps; small enough that every episode can be written down. */
export const HORIZON = 3;
export const GAMMA = 0.8;
const STATES = [0, 1];
const ACTIONS = [0, 1];
const REWARDS = [
  [1, -0.5],
  [0.25, 2],
];
/** Probability of going to state 1, by state and action. */
const TO_ONE = [
  [0.25, 0.75],
  [0.5, 0.25],
];
/** Probability of action 1 by state. */
export const TARGET = [0.75, 0.25];
export const BEHAVIOUR = [0.5, 0.5];

const chance = (p: number, one: number) => (one === 1 ? p : 1 - p);

export interface Episode {
  probability: number;
  states: number[];
  actions: number[];
  rewards: number[];
  logRatios: number[];
}

/** Every episode from state 0 with its probability under the behaviour policy. */
export function allEpisodes(): Episode[] {
  let open: (Episode & { state: number })[] = [
    { probability: 1, states: [], actions: [], rewards: [], logRatios: [], state: 0 },
  ];
  for (let t = 0; t < HORIZON; t++) {
    open = open.flatMap((episode) =>
      ACTIONS.flatMap((action) =>
        STATES.map((next) => {
          const { state } = episode;
          const mu = chance(BEHAVIOUR[state], action);
          return {
            probability: episode.probability * mu * chance(TO_ONE[state][action], next),
            states: [...episode.states, state],
            actions: [...episode.actions, action],
            rewards: [...episode.rewards, REWARDS[state][action]],
            logRatios: [...episode.logRatios, Math.log(chance(TARGET[state], action) / mu)],
            state: next,
          };
        }),
      ),
    );
  }
  return open;
}

/** Q of the target policy with so many steps left, by state and action. */
export function exactQ(left: number): number[][] {
  if (left === 0) return STATES.map(() => ACTIONS.map(() => 0));
  const next = STATES.map((state) => exactV(left - 1)[state]);
  return STATES.map((state) =>
    ACTIONS.map((action) => {
      const one = TO_ONE[state][action];
      return REWARDS[state][action] + GAMMA * ((1 - one) * next[0] + one * next[1]);
    }),
  );
}

export function exactV(left: number): number[] {
  return exactQ(left).map((q, state) => (1 - TARGET[state]) * q[0] + TARGET[state] * q[1]);
}

/** All episodes end to end, as the estimators want them. */
export function joined(episodes: readonly Episode[]) {
  return {
    starts: Int32Array.from({ length: episodes.length + 1 }, (_, e) => e * HORIZON),
    rewards: Float64Array.from(episodes.flatMap(({ rewards }) => rewards)),
    logRatios: Float64Array.from(episodes.flatMap(({ logRatios }) => logRatios)),
    gamma: GAMMA,
  };
}
