import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../core/errors.ts';
import { packagePath } from '../../core/package-path.ts';
import { type SpaceDescription, spaceFrom } from '../../core/spaces/description.ts';
import type { ActorFacts, ActorState, Experience } from './actor.ts';
import type { ActorHandle, ThreadAnswer, ThreadRequest, ThreadSetup } from './actor-pool.ts';

/** `ActorFacts` as they travel. */
export interface DescribedFacts extends Omit<ActorFacts, 'observationSpace' | 'actionSpace'> {
  observationSpace: SpaceDescription;
  actionSpace: SpaceDescription;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * Starts an actor in a thread of its own.
 *
 * @throws UserError what its environments throw when they are made
 */
export async function threadActor(setup: ThreadSetup): Promise<ActorHandle> {
  // Threads run the build, whatever this module was loaded from.
  const entry = pathToFileURL(packagePath('dist', 'src', 'training', 'actors', 'actor-thread.js'));
  const worker = new Worker(entry, { workerData: setup });
  const waiting = new Map<number, Waiting>();
  let requests = 0;
  let closed = false;

  const failAll = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('message', (answer: ThreadAnswer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) asked?.reject(errorFrom(answer.error));
    else asked?.resolve(answer.value);
  });
  worker.on('error', failAll);
  worker.on('exit', (code) => {
    if (!closed) failAll(new Error(`an actor's thread ended by itself, with code ${code}`));
  });

  const ask = <T>(method: ThreadRequest['method'] | 'open', argument?: unknown): Promise<T> => {
    const id = requests++;
    const answer = new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
    });
    // A failure is told where the answer is waited for, which may be later.
    answer.catch(() => {});
    // The first answer comes by itself, once the environments are made.
    if (method !== 'open') worker.postMessage({ id, method, argument } satisfies ThreadRequest);
    return answer;
  };
  const close = async (): Promise<void> => {
    closed = true;
    await worker.terminate();
  };

  try {
    const { observationSpace, actionSpace, ...facts } = await ask<DescribedFacts>('open');
    return {
      facts: { ...facts, observationSpace: spaceFrom(observationSpace), actionSpace: spaceFrom(actionSpace) },
      start: () => ask('start'),
      collect: (policy) => ask<Experience>('collect', policy),
      getState: () => ask<ActorState>('getState'),
      setState: (state) => ask('setState', state),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function errorFrom({ message, stack, forUser }: { message: string; stack: string | undefined; forUser: boolean }) {
  if (forUser) return new UserError(message);
  const error = new Error(message);
  error.stack = stack;
  return error;
}
