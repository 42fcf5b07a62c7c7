/** What a message is: `PROTOCOL.md`, section 2. A response has the type of its request plus one, or is an ERROR. */
export const messageType = {
  HELLO: 1,
  WELCOME: 2,
  REJECT: 3,
  OPEN: 10,
  OPENED: 11,
  RESET: 12,
  STARTED: 13,
  STEP: 14,
  STEPPED: 15,
  RENDER: 16,
  RENDERED: 17,
  CLOSE: 18,
  CLOSED: 19,
  PING: 30,
  PONG: 31,
  BYE: 40,
  ERROR: 255,
} as const;

/** Bytes of a message, all frames together. */
export const maxMessageBytes = 64 * 2 ** 20;
/** Frames of a message, header and meta included. */
export const maxFrames = 4096;
/** Objects and lists within one another in the meta, the outermost included. */
export const maxDepth = 64;

const MAJOR = 1;
const HEADER_BYTES = 32;
/** `UPSL`, read as a little-endian number. */
const MAGIC = 0x4c535055;
const FINAL = 1;

const typeNames = new Map<number, string>(Object.entries(messageType).map(([name, type]) => [type, name]));

export interface Message {
  /** One of `messageType`. */
  type: number;
  /** Last observations of finished episodes follow. */
  final: boolean;
  /** 0 outside sessions. */
  session: number;
  /** The host's instance. */
  epoch: number;
  seq: number;
  /** How many environments the buffers tell of. */
  rows: number;
  /** What JSON can hold; absent where there is nothing to tell. */
  meta?: Record<string, unknown>;
  buffers: readonly Uint8Array[];
}

/** What came is no message, or does not hold what it should. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
  /** As in an ERROR: `protocol`, `version`, `too-big`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The frames of a message: header, meta, and its buffers themselves, not copies.
 *
 * @throws ProtocolError `too-big` beyond the limits, which the other side would refuse
 */
export function encodeMessage({ type, final, session, epoch, seq, rows, meta, buffers }: Message): Uint8Array[] {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, MAJOR);
  view.setUint8(5, type);
  view.setUint16(6, final ? FINAL : 0, true);
  view.setUint32(8, session, true);
  view.setUint32(12, epoch, true);
  view.setUint32(16, seq % 2 ** 32, true);
  view.setUint32(20, Math.floor(seq / 2 ** 32), true);
  view.setUint32(24, rows, true);
  view.setUint32(28, buffers.length, true);
  const frames = [header, encodeMeta(meta), ...buffers];
  checkSize(frames);
  return frames;
}

/**
 * The message in these frames; its buffers are the frames themselves, not copies.
 *
 * @throws ProtocolError for whatever is none
 */
export function decodeMessage(frames: readonly Uint8Array[]): Message {
  if (frames.length < 2) throw broken(`2 frames or more, header and meta; got ${frames.length}`);
  checkSize(frames);
  const [header, meta, ...buffers] = frames;
  if (header.length !== HEADER_BYTES) throw broken(`a header of ${HEADER_BYTES} bytes; got ${header.length}`);
  const view = new DataView(header.buffer, header.byteOffset, HEADER_BYTES);
  if (view.getUint32(0, true) !== MAGIC) throw broken("'UPSL' at the beginning of the header");
  const major = view.getUint8(4);
  if (major !== MAJOR) throw new ProtocolError('version', `Expected version ${MAJOR} of the protocol; got ${major}.`);
  const type = view.getUint8(5);
  if (!typeNames.has(type)) throw broken(`a type of message; got ${type}`);
  const flags = view.getUint16(6, true);
  if ((flags & ~FINAL) !== 0) throw broken(`no flags but ${FINAL}; got ${flags}`);
  const seq = view.getUint32(16, true) + view.getUint32(20, true) * 2 ** 32;
  if (!Number.isSafeInteger(seq)) throw broken(`a seq below 2^53; got ${seq}`);
  const count = view.getUint32(28, true);
  if (count !== buffers.length) throw broken(`${count} buffers, by the header; got ${buffers.length}`);
  return {
    type,
    final: flags === FINAL,
    session: view.getUint32(8, true),
    epoch: view.getUint32(12, true),
    seq,
    rows: view.getUint32(24, true),
    meta: decodeMeta(meta),
    buffers,
  };
}

function checkSize(frames: readonly Uint8Array[]): void {
  if (frames.length > maxFrames) {
    throw new ProtocolError('too-big', `A message has at most ${maxFrames} frames; got ${frames.length}.`);
  }
  let total = 0;
  for (const frame of frames) total += frame.length;
  if (total > maxMessageBytes) {
    throw new ProtocolError('too-big', `A message has at most ${maxMessageBytes} bytes; got ${total}.`);
  }
}

const encoder = new TextEncoder();
/** Keeps a byte order mark, which JSON then refuses. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NOTHING = new Uint8Array(0);

function encodeMeta(meta: Message['meta']): Uint8Array {
  return meta === undefined ? NOTHING : encoder.encode(JSON.stringify(meta));
}

function decodeMeta(bytes: Uint8Array): Message['meta'] {
  if (bytes.length === 0) return undefined;
  checkDepth(bytes);
  let meta: unknown;
  try {
    meta = JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw broken(`meta in JSON and UTF-8; ${(error as Error).message}`);
  }
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) throw broken('meta to be a JSON object');
  return meta as Record<string, unknown>;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Before parsing, so that brackets without end cost no memory. Whether they match is for the parser to say. */
function checkDepth(bytes: Uint8Array): void {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inText) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) {
      inText = true;
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      if (++depth > maxDepth) throw broken(`meta nested at most ${maxDepth} deep`);
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      depth--;
    }
  }
}

function broken(expected: string): ProtocolError {
  return new ProtocolError('protocol', `Expected ${expected}.`);
}
