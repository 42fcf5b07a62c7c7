import { UserError } from '../errors.ts';
import type { Random } from '../random.ts';
import type { Space } from './space.ts';

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export interface TextOptions {
  /** Default 1. */
  minLength?: number;
  /** Letters and digits of English when absent. */
  characters?: string;
}

/** Texts of given characters, their length counted in code points. */
export class Text implements Space<string> {
  readonly type = 'text';
  readonly minLength: number;
  readonly maxLength: number;
  /** Each once, in ascending order of code points, as Gymnasium orders a set of them. */
  readonly characters: string;
  readonly flatSize: number;
  readonly #characters: readonly string[];
  readonly #indices: ReadonlyMap<string, number>;

  /** @throws UserError for lengths that are not whole or in the wrong order, or when there is no such text */
  constructor(maxLength: number, { minLength = 1, characters = ALPHANUMERIC }: TextOptions = {}) {
    if (
      !Number.isSafeInteger(minLength) ||
      !Number.isSafeInteger(maxLength) ||
      minLength < 0 ||
      maxLength < minLength
    ) {
      throw new UserError(
        `Text(maxLength, { minLength }) wants whole numbers with 0 <= minLength <= maxLength; ` +
          `got ${minLength} and ${maxLength}.`,
      );
    }
    if (characters === '' && minLength > 0) {
      throw new UserError(`Text of at least ${minLength} characters wants characters; got none.`);
    }
    this.minLength = minLength;
    this.maxLength = maxLength;
    this.#characters = [...new Set(characters)].sort((a, b) => codePoint(a) - codePoint(b));
    this.characters = this.#characters.join('');
    this.#indices = new Map(this.#characters.map((character, i) => [character, i]));
    this.flatSize = maxLength;
  }

  contains(value: unknown): value is string {
    if (typeof value !== 'string') return false;
    let length = 0;
    for (const character of value) {
      if (!this.#indices.has(character)) return false;
      length++;
    }
    return length >= this.minLength && length <= this.maxLength;
  }

  /** Length and characters uniform. */
  sample(random: Random): string {
    const count = this.#characters.length;
    const length = count === 0 ? 0 : random.integers(this.minLength, this.maxLength + 1);
    let text = '';
    for (let i = 0; i < length; i++) text += this.#characters[random.integers(0, count)];
    return text;
  }

  /** The place of each character among `characters`; their number where the text has ended. */
  flatten(value: string, row: Float32Array | Float64Array, at = 0): void {
    row.fill(this.#characters.length, at, at + this.maxLength);
    let i = at;
    for (const character of value) row[i++] = this.#indices.get(character) as number;
  }

  unflatten(row: Float32Array | Float64Array, at = 0): string {
    let text = '';
    for (let i = at; i < at + this.maxLength; i++) text += this.#characters[row[i]] ?? '';
    return text;
  }

  toString(): string {
    const [shown, count] = [this.#characters.slice(0, 64).join(''), this.#characters.length];
    return `Text(${this.minLength}, ${this.maxLength}, characters=${shown}${count > 64 ? '...' : ''})`;
  }
}

function codePoint(character: string): number {
  return character.codePointAt(0) as number;
}
