/** What a price file says, before gaps have been dealt with. Arrays are days x assets, row by row, NaN where it is silent. */
export interface PriceTable {
  /** ISO, rising. */
  dates: string[];
  assets: string[];
  close: Float64Array;
  open?: Float64Array;
  high?: Float64Array;
  low?: Float64Array;
  /** Pieces traded. */
  volume?: Float64Array;
  /** The line of the file on which a day stands, where days are lines. */
  lines?: number[];
}

/** Closing prices of several assets on the same days. Arrays are days x assets, row by row. */
export interface Prices {
  /** Trading days, ISO `YYYY-MM-DD`, rising. */
  readonly dates: readonly string[];
  readonly assets: readonly string[];
  /** Closes, all positive. */
  readonly prices: Float64Array;
  /** Where the data have them; on days that were filled in, the close that was carried on. */
  readonly open?: Float64Array;
  readonly high?: Float64Array;
  readonly low?: Float64Array;
  /** Pieces traded by all. */
  readonly volumes?: Float64Array;
  /** What was done to the data, for reports. */
  readonly notes?: readonly string[];
  /** SHA-256 of the file, in hexadecimal. */
  readonly dataHash?: string;
}
