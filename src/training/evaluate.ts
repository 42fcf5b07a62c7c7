import type { VectorEnv } from '../core/vector-env.ts';
import { meanAndStd } from '../estimators/statistics.ts';
import type { Policy } from '../policy/policy.ts';

export interface Evaluation {
  episodes: number;
  meanReturn: number;
  /** Population standard deviation over episodes. */
  stdReturn: number;
  /** One an episode. */
  returns: number[];
  lengths: number[];
}

/**
 * Runs a policy without exploration and with frozen normalisers for `episodes` whole episodes, from `seed` on.
 *
 * Every environment contributes its share of episodes, fixed beforehand: taking the first to finish instead would
 * favour short ones. Environments are in same-step autoreset.
 */
export async function evaluate(policy: Policy, envs: VectorEnv, episodes: number, seed: number): Promise<Evaluation> {
  const { numEnvs } = envs;
  const actions = new Float32Array(numEnvs * policy.distribution.environmentActionSize);
  const states = policy.initialState(numEnvs);
  const runningReturns = new Float64Array(numEnvs);
  const runningLengths = new Int32Array(numEnvs);
  const remaining = Int32Array.from({ length: numEnvs }, (_, i) => Math.floor((episodes + numEnvs - 1 - i) / numEnvs));
  const returns: number[] = [];
  const lengths: number[] = [];

  await envs.reset({ seed });
  while (returns.length < episodes) {
    policy.actDeterministically(envs.observations, numEnvs, actions, envs.actionMasks, states);
    await envs.step(actions);
    for (let i = 0; i < numEnvs; i++) {
      runningReturns[i] += envs.rewards[i];
      runningLengths[i]++;
      if (!envs.terminated[i] && !envs.truncated[i]) continue;
      if (remaining[i] > 0) {
        remaining[i]--;
        returns.push(runningReturns[i]);
        lengths.push(runningLengths[i]);
      }
      states.fill(0, i * policy.stateSize, (i + 1) * policy.stateSize);
      runningReturns[i] = 0;
      runningLengths[i] = 0;
    }
  }
  const { mean, std } = meanAndStd(returns);
  return { episodes, meanReturn: mean, stdReturn: std, returns, lengths };
}
