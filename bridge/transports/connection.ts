/** One other endpoint that messages, lists of byte frames, go to and come from. */
export interface Connection {
  /** How people are told of it: `process 4711`, `tcp://10.0.0.7:5557`. */
  readonly name: string;
  /** Whether the other end is on this machine, and may be told tracebacks. */
  readonly local: boolean;
  /** Starts listening, once. Messages that came before wait. */
  listen(listener: ConnectionListener): void;
  /** Sends a message; the frames are not to be touched afterwards. A lost connection swallows it. */
  send(frames: readonly Uint8Array[]): void;
  close(): void;
}

export interface ConnectionListener {
  message(frames: readonly Uint8Array[]): void;
  /** The connection stands, or stands again after an interruption: time to introduce oneself. */
  connected?(): void;
  /** It is gone for good. Not called after `close`. */
  lost(reason: string): void;
}
