import { describeSpace, type SpaceDescription, spaceFrom } from '../../core/spaces/description.ts';
import type { Space } from '../../core/spaces/space.ts';
import type { VectorEnv } from '../../core/vector-env.ts';

/** Where threads find environments: a module that exports `makeEnvs(argument, numEnvs)` and gives a VectorEnv. */
export interface EnvModule {
  /** URL, as `import` takes it. */
  module: string;
  /** Plain data, handed to `makeEnvs`. */
  argument: unknown;
}

export async function openEnvs({ module, argument }: EnvModule, numEnvs: number): Promise<VectorEnv> {
  const { makeEnvs } = (await import(module)) as {
    makeEnvs(argument: unknown, numEnvs: number): VectorEnv | Promise<VectorEnv>;
  };
  return makeEnvs(argument, numEnvs);
}

/** What can be said of environments before they are stepped. */
export interface EnvFacts {
  numEnvs: number;
  observationSpace: Space;
  actionSpace: Space;
  hasMasks: boolean;
  signalNames: readonly string[];
  savesEnvironments: boolean;
}

/** `EnvFacts` as plain data, which travels between threads. */
export interface DescribedFacts extends Omit<EnvFacts, 'observationSpace' | 'actionSpace'> {
  observationSpace: SpaceDescription;
  actionSpace: SpaceDescription;
}

export function factsOf(envs: VectorEnv): EnvFacts {
  const { numEnvs, observationSpace, actionSpace, actionMasks, signalNames } = envs;
  const savesEnvironments = envs.getState().complete;
  return {
    numEnvs,
    observationSpace,
    actionSpace,
    hasMasks: actionMasks !== undefined,
    signalNames,
    savesEnvironments,
  };
}

export function describeFacts({ observationSpace, actionSpace, ...facts }: EnvFacts): DescribedFacts {
  return { ...facts, observationSpace: describeSpace(observationSpace), actionSpace: describeSpace(actionSpace) };
}

export function factsFrom({ observationSpace, actionSpace, ...facts }: DescribedFacts): EnvFacts {
  return { ...facts, observationSpace: spaceFrom(observationSpace), actionSpace: spaceFrom(actionSpace) };
}
