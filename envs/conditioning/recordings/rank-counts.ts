/**
 * Which of many values are in a window that moves, and their quantiles: a tree of counts over the ranks of the values, in
 * which each step takes log n.
 *
 * @see Fenwick (1994), A new data structure for cumulative frequency tables, Software: Practice and Experience 24(3)
 */
export class RankCounts {
  readonly #sorted: Float64Array;
  /** Rank of each value, from 1; 0 of NaN. */
  readonly #ranks: Int32Array;
  readonly #tree: Int32Array;
  readonly #topBit: number;
  #count = 0;

  constructor(values: Float64Array) {
    const order = Array.from(values.keys())
      .filter((i) => !Number.isNaN(values[i]))
      .sort((a, b) => values[a] - values[b]);
    this.#sorted = Float64Array.from(order, (i) => values[i]);
    this.#ranks = new Int32Array(values.length);
    order.forEach((i, rank) => {
      this.#ranks[i] = rank + 1;
    });
    this.#tree = new Int32Array(order.length + 1);
    this.#topBit = order.length === 0 ? 0 : 1 << (31 - Math.clz32(order.length));
  }

  /** Takes in the value at an index. */
  add = (index: number): void => this.#change(index, 1);

  /** Lets go of a value that was taken in. */
  remove = (index: number): void => this.#change(index, -1);

  /** By linear interpolation, as NumPy's default; NaN while there is no value. */
  quantile(q: number): number {
    if (this.#count === 0) return Number.NaN;
    const position = q * (this.#count - 1);
    const below = Math.floor(position);
    const low = this.#at(below);
    return position === below ? low : low + (position - below) * (this.#at(below + 1) - low);
  }

  #change(index: number, by: 1 | -1): void {
    const rank = this.#ranks[index];
    if (rank === 0) return;
    this.#count += by;
    for (let node = rank; node < this.#tree.length; node += node & -node) this.#tree[node] += by;
  }

  /** The value that `below` others do not exceed. */
  #at(below: number): number {
    let node = 0;
    let left = below;
    for (let bit = this.#topBit; bit > 0; bit >>= 1) {
      const next = node + bit;
      if (next < this.#tree.length && this.#tree[next] <= left) {
        node = next;
        left -= this.#tree[next];
      }
    }
    return this.#sorted[node];
  }
}
