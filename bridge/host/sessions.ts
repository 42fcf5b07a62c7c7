import { UserError } from '../../src/core/errors.ts';
import { make, makeRows, specOf } from '../../src/core/registry.ts';
import { describeSpace } from '../../src/core/spaces/index.ts';
import type { AutoresetMode } from '../../src/core/vector-env.ts';
import { encodeInfos } from '../protocol/infos.ts';
import { type Message, messageType } from '../protocol/message.ts';
import { RowBatch, servesRows } from './row-batch.ts';
import { type Outcome, Refusal, type ServedEnvs, type ServedEnvsOptions } from './served-envs.ts';
import { ValueBatch } from './value-batch.ts';

/** What a response carries beyond the header of its request. */
export type Reply = Pick<Message, 'meta' | 'buffers'> & Partial<Pick<Message, 'rows' | 'final'>>;

/** One batch of environments, as a driver has opened it. */
export class Session {
  readonly #batch: ServedEnvs;
  readonly #numEnvs: number;
  readonly #autoreset: AutoresetMode;
  readonly opened: Reply;

  /**
   * @param allows whether an environment of this id may be made
   * @throws Refusal
   */
  constructor(meta: Record<string, unknown>, allows: (id: string) => boolean) {
    const { environment, options, maxEpisodeSteps, ...batch } = readOpen(meta);
    if (!allows(environment)) {
      throw new Refusal(
        'denied',
        `This host may not make '${environment}'. Allow it with: upslope serve --allow ${environment}`,
      );
    }
    const settings = maxEpisodeSteps === null ? {} : { maxEpisodeSteps };
    this.#batch = asRefusal(() => {
      const makeOne = () => makeRows(environment, options, settings);
      // Made anew one by one, environments are kept apart.
      const rows = batch.onError === 'raise' && servesRows(makeOne());
      return rows ? new RowBatch(makeOne, batch) : new ValueBatch(() => make(environment, options, settings), batch);
    }, environment);
    this.#numEnvs = batch.numEnvs;
    this.#autoreset = batch.autoreset;
    const { observationSpace, actionSpace, canRender } = this.#batch;
    const spec = specOf(environment);
    this.opened = {
      rows: batch.numEnvs,
      meta: {
        observationSpace: describeSpace(observationSpace),
        actionSpace: describeSpace(actionSpace),
        spec: {
          id: environment,
          maxEpisodeSteps: maxEpisodeSteps ?? spec.maxEpisodeSteps ?? null,
          rewardThreshold: spec.rewardThreshold ?? null,
          nondeterministic: false,
        },
        metadata: { render_modes: canRender ? ['ansi'] : [] },
      },
      buffers: [],
    };
  }

  /** @throws Refusal, EnvironmentFailure, ProtocolError */
  answer(request: Message): Reply {
    switch (request.type) {
      case messageType.RESET:
        return this.#reset(request);
      case messageType.STEP:
        return this.#step(request);
      case messageType.RENDER:
        return this.#render();
      default:
        throw new Refusal('protocol', `There is no request of type ${request.type}.`);
    }
  }

  #reset({ meta = {}, buffers }: Message): Reply {
    const [mask] = buffers;
    const given = mask as Uint8Array | undefined;
    if (given && this.#autoreset !== 'disabled') {
      throw new Refusal(
        'bad-request',
        `Under '${this.#autoreset}' environments reset themselves: a mask is for 'disabled'.`,
      );
    }
    if (given && (given.length !== this.#numEnvs || given.every((flag) => flag === 0))) {
      throw new Refusal('bad-request', `A reset mask has ${this.#numEnvs} bytes, at least one of them not 0.`);
    }
    if (given && !this.#batch.ready) {
      throw new Refusal('state', 'Only a part is to be reset, but the batch has not been reset yet, or has failed.');
    }
    return reply(this.#batch.reset(readSeeds(meta.seed, this.#numEnvs), readOptions(meta.options), given));
  }

  #step({ buffers }: Message): Reply {
    const batch = this.#batch;
    if (!batch.ready) throw new Refusal('state', 'The environments were stepped before they were reset.');
    const waiting = batch.waitingForReset();
    if (waiting.length > 0) {
      throw new Refusal(
        'state',
        `The episodes of environments [${waiting.join(', ')}] have ended: reset them before the next step.`,
      );
    }
    return reply(batch.step(buffers));
  }

  #render(): Reply {
    if (!this.#batch.ready) throw new Refusal('state', 'The environments were rendered before they were reset.');
    return {
      meta: { frames: this.#batch.render().map((text) => (text === undefined ? null : { text })) },
      buffers: [],
    };
  }

  close(): void {
    this.#batch.close();
  }
}

function reply({ buffers, final, infos }: Outcome): Reply {
  if (Object.keys(infos).length === 0) return { buffers, final };
  const { skeleton, buffers: extra } = encodeInfos(infos);
  return { meta: { infos: skeleton }, buffers: [...buffers, ...extra], final };
}

interface OpenRequest extends ServedEnvsOptions {
  environment: string;
  options: Record<string, unknown>;
  maxEpisodeSteps: number | null;
}

const MOST_ENVS = 65_536;

function readOpen(meta: Record<string, unknown>): OpenRequest {
  const { environment, options = {}, numEnvs, autoreset, maxEpisodeSteps = null, renderMode = null } = meta;
  const { onError = 'raise', infos = 'all' } = meta;
  const expect = (fits: boolean, what: string, came: unknown): void => {
    if (!fits) throw new Refusal('bad-request', `OPEN wants ${what}; got ${JSON.stringify(came)?.slice(0, 200)}.`);
  };
  const whole = (value: unknown, most: number) =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
  expect(typeof environment === 'string', "the environment's id", environment);
  expect(isObject(options), 'options by name', options);
  expect(whole(numEnvs, MOST_ENVS), `numEnvs from 1 to ${MOST_ENVS}`, numEnvs);
  expect(
    ['next-step', 'same-step', 'disabled'].includes(autoreset as string),
    "autoreset 'next-step', 'same-step' or 'disabled'",
    autoreset,
  );
  expect(
    maxEpisodeSteps === null || whole(maxEpisodeSteps, 2 ** 53),
    'a positive maxEpisodeSteps or null',
    maxEpisodeSteps,
  );
  expect(renderMode === null || renderMode === 'ansi', "renderMode 'ansi' or null", renderMode);
  expect(onError === 'raise' || onError === 'restart', "onError 'raise' or 'restart'", onError);
  const keys = Array.isArray(infos) && infos.every((key) => typeof key === 'string');
  expect(infos === 'all' || infos === 'none' || keys, "infos 'all', 'none' or a list of names", infos);
  return { environment, options, numEnvs, autoreset, maxEpisodeSteps, onError, infos } as OpenRequest;
}

function readSeeds(seed: unknown, numEnvs: number): (number | null)[] {
  const isSeed = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (seed === null || seed === undefined) return new Array(numEnvs).fill(null);
  if (isSeed(seed)) return Array.from({ length: numEnvs }, (_, i) => seed + i);
  if (Array.isArray(seed) && seed.length === numEnvs && seed.every((one) => one === null || isSeed(one))) return seed;
  throw new Refusal(
    'bad-request',
    `A seed is a whole number from 0 to 2^53 - 1, or a list of ${numEnvs} of them; got ${JSON.stringify(seed).slice(0, 200)}.`,
  );
}

function readOptions(options: unknown): Record<string, unknown> | undefined {
  if (options === null || options === undefined) return undefined;
  if (isObject(options)) return options;
  throw new Refusal(
    'bad-request',
    `Options of a reset are given by name; got ${JSON.stringify(options).slice(0, 200)}.`,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asRefusal<T>(act: () => T, environment: string): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const unknown = error.message.startsWith(`There is no environment '${environment}'`);
    throw new Refusal(unknown ? 'unknown-environment' : 'bad-request', error.message);
  }
}
