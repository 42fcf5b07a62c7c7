/**
 * A message in protocol buffers' wire format (https://protobuf.dev/programming-guides/encoding/): each field is a tag,
 * (number << 3) | wire type, and its value. What ONNX needs of it, and no more.
 */
export class Message {
  readonly #parts: Uint8Array[] = [];

  /** Whole numbers, negative ones as the two's complement of 64 bits: int32, int64, enum. */
  integer(field: number, value: number | bigint): this {
    this.#parts.push(varint(field << 3), varint(BigInt.asUintN(64, BigInt(value))));
    return this;
  }

  /** A string, or bytes. */
  bytes(field: number, value: string | Uint8Array): this {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    this.#parts.push(varint((field << 3) | 2), varint(bytes.length), bytes);
    return this;
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.encode());
  }

  encode(): Uint8Array {
    const whole = new Uint8Array(this.#parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/** Seven bits a byte, lowest first; all but the last have the eighth set. */
function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt(value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
