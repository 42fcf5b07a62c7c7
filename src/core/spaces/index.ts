export { actionFromRow, actionSizeOf, actionToRow, maskSizeOf } from './action-row.ts';
export { type Bound, Box, type BoxArrays, type BoxType } from './box.ts';
export { describeSpace, type SpaceDescription, spaceFrom } from './description.ts';
export { Dict } from './dict.ts';
export { Discrete } from './discrete.ts';
export { MultiBinary } from './multi-binary.ts';
export { MultiDiscrete } from './multi-discrete.ts';
export type { Space } from './space.ts';
export { Tuple } from './tuple.ts';
