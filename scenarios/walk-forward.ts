import type { Fold } from '../envs/domain.ts';
import type { Scenario } from './schema.ts';

/** The scenario trained on one fold, with its best policy chosen and at last judged on the fold's later parts. */
export function foldScenario(scenario: Scenario, fold: Pick<Fold, 'train' | 'validation' | 'test'>): Scenario {
  const { environment, evaluation } = scenario;
  return {
    ...scenario,
    environment: { ...environment, options: { ...environment.options, ...fold.train } },
    evaluation: {
      ...evaluation,
      options: { ...evaluation.options, ...fold.validation },
      final: { ...evaluation.final, ...fold.test },
    },
  };
}
