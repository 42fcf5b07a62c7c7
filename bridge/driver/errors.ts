import { UserError } from '../../src/core/errors.ts';
import type { Message } from '../protocol/message.ts';

/** The host is gone, and all it held with it. */
export class HostLost extends Error {
  override name = 'HostLost';
}

/** What a host answers in place of a result. */
export class RemoteError extends UserError {
  override name = 'RemoteError';
  readonly code: string;
  /** Environment within the batch that failed. */
  readonly index: number | undefined;

  constructor(message: string, code: string, index: number | undefined) {
    super(message);
    this.code = code;
    this.index = index;
  }
}

/** @param what the answer was expected to: `CartPole-v1 at process 4711` */
export function remoteError({ meta = {} }: Message, what: string, firstRow = 0): RemoteError {
  const { code, message, hint, index, exception, traceback } = meta as Record<string, unknown>;
  const row = typeof index === 'number' ? index : undefined;
  const where = row === undefined ? what : `${what}, environment ${firstRow + row}`;
  const text = [`${where}: ${exception ? `${exception}: ` : ''}${message}`, hint, traceback]
    .filter((part) => typeof part === 'string' && part !== '')
    .join('\n');
  return new RemoteError(text, String(code), row);
}
