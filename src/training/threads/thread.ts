import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../core/errors.ts';
import { packagePath } from '../../core/package-path.ts';

/** A thread that carries out requests one after another, in their order. */
export interface Thread {
  /** Rejects with what the thread threw, or once it has ended by itself. */
  ask<T>(method: string, argument?: unknown): Promise<T>;
  close(): Promise<void>;
}

/** What is asked of a thread, and what it answers. Arguments and values are plain data. */
export interface ThreadRequest {
  id: number;
  method: string;
  argument: unknown;
}

export type ThreadAnswer =
  | { id: number; value: unknown }
  /** `forUser` where the message says all, and a stack would say nothing more. */
  | { id: number; error: { name: string; message: string; stack: string | undefined; forUser: boolean } };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * Starts a thread that calls `serve`.
 *
 * @param entry its module in the build, below `dist`
 * @param data what it begins with: plain data
 * @param onDeath told when it ends by itself, even while nothing is asked of it
 */
export function startThread(entry: readonly string[], data: unknown, onDeath?: (error: Error) => void): Thread {
  // Threads run the build, whatever this module was loaded from.
  const worker = new Worker(pathToFileURL(packagePath('dist', ...entry)), { workerData: data });
  const waiting = new Map<number, Waiting>();
  let requests = 0;
  let closed = false;
  let death: Error | undefined;

  const die = (error: Error): void => {
    if (closed || death) return;
    death = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    onDeath?.(error);
  };
  worker.on('message', (answer: ThreadAnswer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) asked?.reject(errorFrom(answer.error));
    else asked?.resolve(answer.value);
  });
  worker.on('error', die);
  worker.on('exit', (code) => die(new Error(`a thread of the run ended by itself, with code ${code}`)));

  return {
    ask<T>(method: string, argument?: unknown): Promise<T> {
      if (death) return Promise.reject(death);
      const id = requests++;
      const answer = new Promise<T>((resolve, reject) => {
        waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      });
      // A failure is told where the answer is waited for, which may be later.
      answer.catch(() => {});
      worker.postMessage({ id, method, argument } satisfies ThreadRequest);
      return answer;
    },
    async close() {
      closed = true;
      await worker.terminate();
    },
  };
}

function errorFrom({ name, message, stack, forUser }: Extract<ThreadAnswer, { error: object }>['error']): Error {
  if (forUser) return new UserError(message);
  return Object.assign(new Error(message), { name, stack });
}
