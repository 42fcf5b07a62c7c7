import type { A2cConfig } from '../algorithms/a2c.ts';
import type { ImpalaConfig } from '../algorithms/impala.ts';
import type { PathwiseConfig } from '../algorithms/pathwise.ts';
import type { PpoConfig } from '../algorithms/ppo.ts';
import type { ReinforceConfig } from '../algorithms/reinforce.ts';
import type { SacConfig } from '../algorithms/sac.ts';

/** An algorithm by name, with what of its hyper-parameters is not to be the default. Without a name it is PPO. */
export type AlgorithmSetting =
  | ({ name?: 'ppo' } & Partial<PpoConfig>)
  | ({ name: 'a2c' } & Partial<A2cConfig>)
  | ({ name: 'impala' } & Partial<ImpalaConfig>)
  | ({ name: 'pathwise' } & Partial<PathwiseConfig>)
  | ({ name: 'reinforce' } & Partial<ReinforceConfig>)
  | ({ name: 'sac' } & Partial<SacConfig>);
