export const FONT = '-apple-system, Segoe UI, Roboto, Helvetica Neue, Noto Sans, Liberation Sans, Arial, sans-serif';
export const FONT_SIZE = 12;

export const INK = '#1f2937';
export const QUIET_INK = '#5b6472';
export const AXIS = '#9aa3af';
export const GRID = '#e6e8ec';
export const NEUTRAL = '#b3b8c0';

/** Okabe and Ito (2008), "Color Universal Design"; without black and yellow, which suit text and nothing. */
const FEW = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#6b6b6b'];

/** Hues around the circle, each dark and light: whatever the eye makes of the hue, neighbours differ in lightness. */
const MANY = [
  ['#6a3d9a', '#c3aede'],
  ['#3f4fa3', '#a9b3e3'],
  ['#1f6fb4', '#9cc7ea'],
  ['#14808c', '#8fd3d9'],
  ['#2e8b57', '#a3d9b1'],
  ['#7f9a1f', '#d3e08a'],
  ['#c99a06', '#f6df7f'],
  ['#df7a1c', '#fac490'],
  ['#c8372d', '#f3a59d'],
  ['#a83279', '#e8a9cf'],
  ['#6f4a32', '#cbb09b'],
];

/** Colours for `count` lines, to be told apart by colour-blind readers up to seven. */
export function lineColors(count: number): string[] {
  return Array.from({ length: count }, (_, i) => FEW[i % FEW.length]);
}

/** Colours for `count` layers one upon the other. */
export function layerColors(count: number): string[] {
  if (count <= FEW.length) return FEW.slice(0, count);
  const pairs = Math.min(MANY.length, Math.ceil(count / 2));
  const colors = Array.from(
    { length: pairs },
    (_, i) => MANY[Math.round((i * (MANY.length - 1)) / (pairs - 1))],
  ).flat();
  return Array.from({ length: count }, (_, i) => colors[i % colors.length]);
}

const NARROW = /[iljtfr.,:;|'!()[\] -]/;
const WIDE = /[A-ZÄÖÜw\u2212\u2013]/;
const WIDEST = /[mMW%@]/;
/** How much wider bold letters are than plain ones. */
const BOLD = 1.15;

/**
 * An estimate, in pixels, that is not exceeded in DejaVu Sans, the widest of the usual fonts: what shows the figure may
 * have other fonts than what draws it.
 */
export function textWidth(text: string, size = FONT_SIZE, bold = false): number {
  let ems = 0;
  for (const letter of text) {
    ems += NARROW.test(letter) ? 0.38 : WIDEST.test(letter) ? 1 : WIDE.test(letter) ? 0.8 : 0.64;
  }
  return ems * size * (bold ? BOLD : 1);
}

/** The text, or as much of it as fits, with an ellipsis. */
export function fitted(text: string, width: number, size = FONT_SIZE, bold = false): string {
  if (textWidth(text, size, bold) <= width) return text;
  let length = text.length;
  while (length > 0 && textWidth(`${text.slice(0, length)}\u2026`, size, bold) > width) length--;
  return `${text.slice(0, length).trimEnd()}\u2026`;
}
