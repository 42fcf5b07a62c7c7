import type { Duplex } from 'node:stream';
import { plainMessage } from '../protocol/greeting.ts';
import { encodeMessage, maxFrames, maxMessageBytes, messageType, ProtocolError } from '../protocol/message.ts';
import type { Connection, ConnectionListener } from './connection.ts';

/** Below this it is cheaper to copy the frames together than to hand them to the system one by one. */
const COPY_BELOW = 65_536;

/** A message over a stream of bytes: u32 count, u32 lengths, frames. */
export function packFrames(frames: readonly Uint8Array[]): Buffer[] {
  const table = Buffer.allocUnsafe(4 + 4 * frames.length);
  table.writeUInt32LE(frames.length, 0);
  let total = table.length;
  frames.forEach((frame, i) => {
    table.writeUInt32LE(frame.length, 4 + 4 * i);
    total += frame.length;
  });
  const parts = [table, ...frames.map((frame) => Buffer.from(frame.buffer, frame.byteOffset, frame.length))];
  return total < COPY_BELOW ? [Buffer.concat(parts, total)] : parts;
}

/** Puts messages together again from whatever pieces a stream delivers. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes that must be there before it is worth looking again. */
  #needed = 4;

  /**
   * @returns the messages completed by this piece
   * @throws ProtocolError for a message beyond the limits; what follows it cannot be made sense of
   */
  push(chunk: Buffer): Uint8Array[][] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: Uint8Array[][] = [];
    while (this.#length >= this.#needed) {
      const bytes = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks, this.#length);
      const frames = this.#read(bytes);
      const rest = frames === undefined ? bytes : bytes.subarray(this.#needed);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#length = rest.length;
      if (frames === undefined) continue;
      this.#needed = 4;
      messages.push(frames);
    }
    return messages;
  }

  /** The message at the beginning, or `undefined` with `#needed` set to what is missing for the next look. */
  #read(bytes: Buffer): Uint8Array[] | undefined {
    const count = bytes.readUInt32LE(0);
    if (count < 2 || count > maxFrames) {
      const code = count < 2 ? 'protocol' : 'too-big';
      throw new ProtocolError(code, `A message has 2 to ${maxFrames} frames; got ${count}.`);
    }
    const table = 4 + 4 * count;
    let end = table;
    this.#needed = end;
    if (bytes.length < end) return undefined;
    const frames: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const length = bytes.readUInt32LE(4 + 4 * i);
      frames.push(bytes.subarray(end, end + length));
      end += length;
    }
    this.#needed = end;
    if (end - table > maxMessageBytes) {
      throw new ProtocolError('too-big', `A message has at most ${maxMessageBytes} bytes; got one of ${end - table}.`);
    }
    return bytes.length < end ? undefined : frames;
  }
}

/** How long to look for an answer again and again before sleeping until there is one. */
const SPIN_MS = 0.5;

/**
 * A connected Unix socket, or any two-way stream, as a connection.
 *
 * @param spin whether to wait actively for a moment after sending: a processor that has gone to sleep may take longer
 *   to wake up than the other side to answer. For where there are more processors than processes at work.
 */
export function streamConnection(stream: Duplex, name: string, spin = false): Connection {
  const reader = new FrameReader();
  let spinUntil = 0;
  let spinning = false;
  const turn = (): void => {
    spinning = performance.now() < spinUntil;
    // Between two of them the event loop looks for input without sleeping.
    if (spinning) setImmediate(turn);
  };
  const keepAwake = (): void => {
    spinUntil = performance.now() + SPIN_MS;
    if (spinning) return;
    spinning = true;
    setImmediate(turn);
  };
  let open = true;
  let listener: ConnectionListener | undefined;
  const lose = (reason: string): void => {
    if (!open) return;
    open = false;
    if (!stream.writableEnded) stream.destroy();
    listener?.lost(reason);
  };
  stream.on('error', (error) => lose(error.message));
  return {
    name,
    local: true,
    listen(toward) {
      listener = toward;
      stream.on('end', () => lose('the connection was closed'));
      stream.on('close', () => lose('the connection was closed'));
      stream.on('data', (chunk: Buffer) => {
        spinUntil = 0;
        try {
          for (const frames of reader.push(chunk)) if (open) toward.message(frames);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          // What follows cannot be made sense of; the other side may still want to know why it is not listened to.
          const { code, message } = error;
          stream.end(packFrames(encodeMessage(plainMessage(messageType.ERROR, { code, message })))[0]);
          lose(message);
        }
      });
      toward.connected?.();
    },
    send(frames) {
      if (!open) return;
      if (spin) keepAwake();
      const parts = packFrames(frames);
      if (parts.length === 1) {
        stream.write(parts[0]);
        return;
      }
      stream.cork();
      for (const part of parts) stream.write(part);
      stream.uncork();
    },
    close() {
      open = false;
      // What was sent last still goes out.
      stream.end(() => stream.destroy());
    },
  };
}
