import type { Space } from '../../src/core/spaces/space.ts';
import type { AutoresetMode } from '../../src/core/vector-env.ts';

/** A request that does not fit, by its code on the wire. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** An environment of a batch threw. */
export class EnvironmentFailure extends Error {
  override name = 'EnvironmentFailure';
  readonly index: number;

  constructor(index: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.index = index;
  }
}

export interface ServedEnvsOptions {
  numEnvs: number;
  autoreset: AutoresetMode;
  onError: 'raise' | 'restart';
  /** Which entries of the infos are wanted. */
  infos: 'all' | 'none' | readonly string[];
}

/** What came of a reset or a step, as it goes on the wire. */
export interface Outcome {
  buffers: Uint8Array[];
  /** Whether last observations of finished episodes are among the buffers. */
  final: boolean;
  infos: Record<string, unknown>;
}

/** A batch of environments that a host steps for a driver. */
export interface ServedEnvs {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly canRender: boolean;
  /** Whether a step makes sense now: after a reset, and until an environment throws. */
  readonly ready: boolean;
  /** Environments that have to be reset before the next step. */
  waitingForReset(): number[];
  /** @throws EnvironmentFailure, Refusal */
  reset(seeds: readonly (number | null)[], options: Record<string, unknown> | undefined, mask?: Uint8Array): Outcome;
  /** @throws EnvironmentFailure, Refusal, ProtocolError */
  step(action: readonly Uint8Array[]): Outcome;
  render(): (string | undefined)[];
  close(): void;
}

/** @throws Refusal for an action that is not in its space */
export function checkActions(actions: readonly unknown[], space: Space): void {
  const odd = actions.findIndex((action) => !space.contains(action));
  if (odd < 0) return;
  const action = actions[odd];
  const shown = JSON.stringify(ArrayBuffer.isView(action) ? Array.from(action as Float32Array) : action);
  throw new Refusal('bad-request', `The action of environment ${odd}, ${shown}, is not in the action space ${space}.`);
}

/** A copy of the bytes of numbers. */
export function bytesOf(values: Float32Array | Float64Array | Int32Array): Uint8Array {
  return Uint8Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}
