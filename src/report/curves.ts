import type { CustomSeriesRenderItemAPI } from 'echarts';

type Point = readonly [x: number, y: number];

export interface LineStyle {
  name: string;
  color: string;
  width: number;
  dashed: boolean;
  /** What lies above what. */
  z: number;
  /** Default 1. */
  opacity?: number;
}

/** A line series. A point without neighbours is drawn as a dot, and so are all where they are few. */
export function line(points: readonly Point[], { name, color, width, dashed, z, opacity = 1 }: LineStyle): object {
  const known = (i: number): boolean => points[i] !== undefined && !Number.isNaN(points[i][1]);
  const few = points.length <= 24 && opacity === 1;
  const data = points.map((value, i) => {
    if (!known(i)) return { value: [value[0], null], symbol: 'none' };
    const dot = few || (!known(i - 1) && !known(i + 1));
    return dot ? { value, symbol: 'circle', symbolSize: width + 2.5 } : { value, symbol: 'none' };
  });
  return {
    type: 'line',
    name,
    data,
    z,
    lineStyle: { color, opacity, width, type: dashed ? 'dashed' : 'solid', join: 'round', cap: 'round' },
    itemStyle: { color, opacity },
  };
}

/** An area between two curves. */
export interface BandPart {
  x: readonly number[];
  low: readonly number[];
  high: readonly number[];
}

export interface BandStyle {
  name: string;
  color: string;
  opacity: number;
  /** Colour of a hairline around the area. */
  edge?: string;
}

/** A series of filled areas; where an end is missing there is a gap. */
export function band(parts: readonly BandPart[], { name, color, opacity, edge }: BandStyle): object {
  const style = { fill: color, opacity, stroke: edge ?? 'none', lineWidth: edge ? 0.6 : 0 };
  const outlines = parts.flatMap(outlinesOf);
  const first = parts[0] ? [[parts[0].x[0], 0]] : [];
  return {
    type: 'custom',
    name,
    // One datum draws everything: a polygon for each pair of neighbours would leave seams.
    data: first,
    z: 2,
    clip: true,
    itemStyle: { color },
    renderItem: (_: unknown, api: CustomSeriesRenderItemAPI) => ({
      type: 'group',
      children: outlines.map((outline) => ({
        type: 'polygon',
        shape: { points: outline.map((point) => api.coord([...point])) },
        style,
      })),
    }),
  };
}

/** Along the upper end and back along the lower, once for each stretch where both are known. */
function outlinesOf({ x, low, high }: BandPart): Point[][] {
  const outlines: Point[][] = [];
  let start = 0;
  for (let i = 0; i <= x.length; i++) {
    if (i < x.length && Number.isFinite(low[i]) && Number.isFinite(high[i])) continue;
    if (i > start) {
      const stretch = Array.from({ length: i - start }, (_, k) => start + k);
      const upper = stretch.map((k): Point => [x[k], high[k]]);
      const lower = stretch.map((k): Point => [x[k], low[k]]);
      outlines.push([...upper, ...lower.reverse()]);
    }
    start = i + 1;
  }
  return outlines;
}
