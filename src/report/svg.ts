import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { EChartsCoreOption } from 'echarts/core';
import { escapeHtml } from './escape.ts';

type ECharts = typeof import('echarts/core');

let library: ECharts | undefined;

/** Loaded with the first chart, and as one file: a tenth of the time its many modules take. */
function echarts(): ECharts {
  library ??= createRequire(import.meta.url)('echarts/dist/echarts.min.js') as ECharts;
  return library;
}

/**
 * Draws a chart as an SVG document. The same chart gives the same bytes, and several of them can stand in one page:
 * what the library adds for the mouse is taken out, and ids carry a digest of the picture.
 */
export function renderSvg(option: EChartsCoreOption, width: number, height: number, label: string): string {
  const chart = echarts().init(null, null, { renderer: 'svg', ssr: true, width, height });
  let drawn: string;
  try {
    chart.setOption({ ...option, animation: false });
    drawn = chart.renderToSVGString();
  } finally {
    // A chart left behind keeps the process from ending.
    chart.dispose();
  }

  const still = drawn
    .replace(/<style >.*?<\/style>\n?/s, '')
    .replace(/ (class="zr\d+-cls-\d+"|ecmeta_\w+="[^"]*"|pointer-events="visible"|xml:space="preserve")/g, '')
    .replace(/<path [^>]*fill-opacity="0"[^>]*><\/path>\n/g, '')
    .replace(/<rect [^>]*fill="none"><\/rect>\n/, '')
    // A function, for in a plain replacement a $ of the title would have a meaning.
    .replace(/^<svg [^>]*>/, () => svgStart(width, height, label));
  const digest = createHash('sha256')
    .update(still.replace(/\bzr\d+-/g, ''))
    .digest('hex')
    .slice(0, 8);
  return still.replace(/(id="|url\(#)zr\d+-/g, `$1f${digest}-`);
}

function svgStart(width: number, height: number, label: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(label)}">`;
}
