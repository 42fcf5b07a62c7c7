export { type EnvironmentMaker, environmentMaker } from './environments.ts';
export { type CompiledExpression, compileExpression } from './expression.ts';
export { type LoadOptions, listScenarios, loadScenario } from './load.ts';
export { evaluationEnvCount, evaluationOptionsOf, finalOptionsOf, prepareRun, type RunOptions } from './prepare.ts';
export { parseScenario, type Scenario, type Shaping, type ShapingTerm } from './schema.ts';
export { RAW_REWARD, shapeRewards, termSignal } from './shaping.ts';
