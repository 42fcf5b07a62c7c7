/** A mark on an axis: where it stands and what is written beside it. */
export interface Tick {
  value: number;
  label: string;
}

/** Built from the smallest and largest value to show; from infinities the wrong way round when there is none. */
export interface Axis {
  min: number;
  max: number;
  ticks: Tick[];
}

/** Rather half as many ticks again than half as many. */
const SLACK = 0.7;

/** An axis whose ends are ticks, at 1, 2 or 5 times a power of ten from each other. */
export function roundAxis(min: number, max: number, count: number): Axis {
  const [low, high] = widened(min, max);
  const step = roundStep(low, high, count);
  // Sums such as 0.1 + 0.2 must not push the axis one tick further.
  const first = Math.floor(low / step + 1e-6);
  const last = Math.ceil(high / step - 1e-6);
  return { min: tidy(first * step), max: tidy(last * step), ticks: multiples(first, last, step) };
}

/** An axis that ends where the data ends, with ticks between. */
export function tightAxis(min: number, max: number, count: number): Axis {
  const [low, high] = widened(min, max);
  const step = roundStep(low, high, count);
  return {
    min: low,
    max: high,
    ticks: multiples(Math.ceil(low / step - 1e-6), Math.floor(high / step + 1e-6), step),
  };
}

/**
 * A logarithmic axis. `min`, `max` and the places of the ticks are common logarithms; the labels are the numbers
 * themselves: powers of ten over many decades, 1-2-5 over few, evenly spaced numbers within one.
 */
export function logAxis(min: number, max: number, count: number): Axis {
  const [low, high] = min === max ? [Math.log10(min) - 0.1, Math.log10(max) + 0.1] : logarithms(min, max);
  const margin = 0.03 * (high - low);
  const [bottom, top] = [low - margin, high + margin];
  const inside = (value: number): boolean => Math.log10(value) >= bottom && Math.log10(value) <= top;
  const decades = Array.from({ length: Math.ceil(top) - Math.floor(bottom) + 1 }, (_, i) => Math.floor(bottom) + i);

  const stride = Math.ceil((top - bottom) / count);
  const powers = decades.filter((power) => power % stride === 0).map((power) => 10 ** power);
  const rounds = decades.flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));
  const marked = (values: number[]): Tick[] => values.map((value) => ({ value, label: formatTick(value, value) }));
  const even = tightAxis(10 ** bottom, 10 ** top, count).ticks.filter(({ value }) => value > 0);
  const manyDecades = top - bottom > 2.5;
  const few = rounds.filter(inside).length < 3;
  const ticks = manyDecades ? marked(powers.filter(inside)) : few ? even : marked(rounds.filter(inside));
  return { min: bottom, max: top, ticks: ticks.map(({ value, label }) => ({ value: Math.log10(value), label })) };
}

function logarithms(min: number, max: number): [number, number] {
  return min < max ? [Math.log10(min), Math.log10(max)] : [0, 1];
}

/** Names at 0, 1, 2, ...; as many of them as there is room for. */
export function nameAxis(names: readonly string[], count: number): Axis {
  const stride = Math.max(1, Math.ceil(names.length / count));
  const ticks = names.map((label, value) => ({ value, label })).filter(({ value }) => value % stride === 0);
  return names.length > 1 ? { min: 0, max: names.length - 1, ticks } : { min: -1, max: 1, ticks };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const CLOCK_STEPS = [1, 5, 15, 30, 60, 180, 360, 720].map((minutes) => minutes * MINUTE);
const DAY_STEPS = [1, 2, 7, 14].map((days) => days * DAY);
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600];

/** An axis of times in milliseconds since 1970, UTC, with ticks where clock or calendar turns. */
export function timeAxis(min: number, max: number, count: number): Axis {
  if (min > max) return { min: 0, max: 1, ticks: [] };
  const [low, high] = min < max ? [min, max] : [min - DAY, max + DAY];
  const wanted = (high - low) / count;
  const even = [...CLOCK_STEPS, ...DAY_STEPS].find((step) => step >= wanted);
  const ticks = even === undefined ? monthTicks(low, high, SLACK * wanted) : evenTicks(low, high, even);
  return { min: low, max: high, ticks };
}

function evenTicks(low: number, high: number, step: number): Tick[] {
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => {
    const value = (first + i) * step;
    const date = new Date(value);
    const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
    return { value, label: step < DAY ? date.toISOString().slice(11, 16) : day };
  });
}

function monthTicks(low: number, high: number, wanted: number): Tick[] {
  const step = MONTH_STEPS.find((months) => months * 30.4 * DAY >= wanted) ?? MONTH_STEPS[MONTH_STEPS.length - 1];
  const start = new Date(low);
  const ticks: Tick[] = [];
  for (let month = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / step) * step; ; month += step) {
    const value = Date.UTC(Math.floor(month / 12), month % 12);
    if (value > high) return ticks;
    const year = String(Math.floor(month / 12));
    if (value >= low)
      ticks.push({
        value,
        label: step < 12 ? `${MONTHS[month % 12]} ${year}` : year,
      });
  }
}

/** Room around a single value, and around nothing at all. */
/** 1.4000000000000001 is meant to be 1.4, and the chart library refuses an axis that ends beside its last tick. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

/** Room for what does not vary, rounding apart; 0 to 1 where there is nothing (min above max). */
function widened(min: number, max: number): [number, number] {
  if (min > max) return [0, 1];
  const size = Math.max(Math.abs(min), Math.abs(max));
  if (max - min > 1e-9 * size) return [min, max];
  return size === 0 ? [-1, 1] : [min - size / 10, max + size / 10];
}

function roundStep(min: number, max: number, count: number): number {
  const rough = (SLACK * (max - min)) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return (power * [1, 2, 5, 10].find((digit) => digit * power >= rough)!) as number;
}

function multiples(first: number, last: number, step: number): Tick[] {
  const largest = Math.max(Math.abs(first), Math.abs(last)) * step;
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const value = tidy((first + i) * step);
    return { value, label: formatTick(value, step, largest) };
  });
}

/** `value` as precisely as ticks `step` apart need it; in thousands or millions where the largest tick calls for it. */
function formatTick(value: number, step: number, largest = Math.abs(value)): string {
  if (Math.abs(value) < step * 1e-6) return '0';
  if (largest >= 1e15) return withMinus(value.toExponential(1).replace(/(\.0)?e\+/, 'e'));
  // Four digits are read at a glance; thousands begin at 10k.
  const [unit, suffix] = UNITS.find(([size]) => largest >= (size === 1e3 ? 1e4 : size)) ?? [1, ''];
  const decimals = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
  if (decimals > 4) {
    const digits = Math.max(0, Math.floor(Math.log10(Math.abs(value)) + 1e-9) - Math.floor(Math.log10(step) + 1e-9));
    return withMinus(value.toExponential(digits));
  }
  return withMinus((value / unit).toFixed(decimals)) + suffix;
}

const UNITS: readonly [number, string][] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

function withMinus(text: string): string {
  return text.replace('-', '\u2212').replace('e-', 'e\u2212');
}
