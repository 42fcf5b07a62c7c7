import type * as tensorflow from '@tensorflow/tfjs';
import { UserError } from '../../core/errors.ts';

/** TensorFlow.js, whichever package it comes from. */
export type Tf = typeof tensorflow;

/** TensorFlow.js with what is to be said of it. */
export interface LoadedTensorflow {
  tf: Tf;
  /** `@tensorflow/tfjs-node-gpu`. */
  packageName: string;
}

/** On a GPU by CUDA, on the processor by TensorFlow's own library, and on the processor in JavaScript. */
const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node', '@tensorflow/tfjs'] as const;

/**
 * The fastest TensorFlow.js there is.
 *
 * @param only one of the packages, rather than the first that loads
 * @throws UserError with the commands that install them
 */
export async function loadTensorflow(only?: (typeof packages)[number]): Promise<LoadedTensorflow> {
  const failures: string[] = [];
  for (const packageName of only ? [only] : packages) {
    try {
      const loaded = await import(packageName);
      // Native packages are CommonJS.
      const tf: Tf = loaded.default ?? loaded;
      tf.enableProdMode();
      await tf.ready();
      return { tf, packageName };
    } catch (error) {
      failures.push(`${packageName}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new UserError(
    'The tensorflow engine needs TensorFlow.js, of which no package can be loaded. Install one of them:\n' +
      '  npm install @tensorflow/tfjs-node-gpu@4   for a GPU with CUDA; downloads TensorFlow, about 1 GB\n' +
      '  npm install @tensorflow/tfjs-node@4       for the processor; downloads TensorFlow, about 400 MB\n' +
      '  npm install @tensorflow/tfjs@4            JavaScript alone: runs everywhere, many times slower than --engine cpu\n' +
      `(${failures.join('; ')})`,
  );
}
