import type { LayersModel } from '@tensorflow/tfjs';
import { ALONE } from '../../core/team.ts';
import type { Engine } from '../engine.ts';
import { type LoadedTensorflow, loadTensorflow } from './load.ts';
import { TensorflowModel } from './model.ts';

/**
 * Rows to pass at a time when there are many. Each operation costs the same few microseconds however few its rows, so
 * many are handled at once.
 */
const preferredChunkRows = 2048;

export interface TensorflowEngineOptions {
  /** Default: the fastest package that is installed. */
  tensorflow?: LoadedTensorflow;
  /**
   * What stands in the place of a network's hidden layers, as convolutions or recurrence: any model that takes rows of
   * `inputSize` numbers (a `reshape` layer makes images of them) and gives rows of numbers, which the network's last
   * layer reads. Called for every network that is created; `undefined` for hidden layers as they are specified.
   *
   * @param network its name: `actor` or `critic`
   */
  body?(network: string, inputSize: number): LayersModel | undefined;
}

/**
 * The engine on TensorFlow.js: for GPUs by CUDA, and for networks that the kernels do not cover.
 *
 * Numbers travel to TensorFlow and back in every pass, as distributions and objectives are worked out here.
 *
 * @throws UserError where no TensorFlow.js is installed
 */
export async function createTensorflowEngine(options: TensorflowEngineOptions = {}): Promise<Engine> {
  const { tf, packageName } = options.tensorflow ?? (await loadTensorflow());
  const name = `tensorflow (${packageName.replace('@tensorflow/', '')} ${tf.version_core}, ${tf.getBackend()})`;
  return {
    name,
    preferredChunkRows,
    team: ALONE,
    canShare: false,
    createModel: (spec, random) => new TensorflowModel(tf, spec, random, options.body),
  };
}
