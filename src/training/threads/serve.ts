import { parentPort } from 'node:worker_threads';
import { UserError } from '../../core/errors.ts';
import type { ThreadAnswer, ThreadRequest } from './thread.ts';

/**
 * Carries out what is asked of this thread, one request after another.
 *
 * @param methods by the names they are asked for
 * @param onError told of what they throw, before who asked is
 */
export function serve(methods: Readonly<Record<string, (argument: never) => unknown>>, onError?: () => void): void {
  const answer = (message: ThreadAnswer): void => parentPort?.postMessage(message);
  const carryOut = async ({ id, method, argument }: ThreadRequest): Promise<void> => {
    try {
      answer({ id, value: await methods[method](argument as never) });
    } catch (thrown) {
      onError?.();
      const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
      answer({ id, error: { name, message, stack, forUser: thrown instanceof UserError } });
    }
  };
  let queue = Promise.resolve();
  parentPort?.on('message', (request: ThreadRequest) => {
    queue = queue.then(() => carryOut(request));
  });
}
