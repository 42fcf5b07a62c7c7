import { FONT, FONT_SIZE, GRID, INK, lineColors, NEUTRAL, QUIET_INK } from '../../src/report/style.ts';
import type { ArmEpisode } from './rollouts.ts';

/** A direction to look at the arm from: which axes go right and up. */
interface View {
  name: string;
  right: 0 | 1 | 2;
  up: 0 | 1 | 2;
}

/** One view with its place in the picture. */
interface Panel {
  view: View;
  left: number;
  /** Pixels of a point in m. */
  place(points: Float64Array, at: number): string;
  /** Pixels of a length in m. */
  scale: number;
}

const above: View = { name: 'from above: x right, y up (m)', right: 0, up: 1 };
const side: View = { name: 'from the side: x right, z up (m)', right: 0, up: 2 };

const panelSize = 420;
const gap = 40;
const top = 58;
const bottom = 12;
const mostPaths = 12;
/** Where the target moves, and the tip goes a long way. */
const mostLongPaths = 3;

/** Ways of the tip in several episodes, each from a dot to the ring about its target. */
export function pathsFigure(title: string, episodes: readonly ArmEpisode[]): string {
  const shown = episodes.slice(0, isStill(episodes[0].targets) ? mostPaths : mostLongPaths);
  const note = `ways of the tip in ${shown.length} episodes; rings: where the target counts as reached`;
  const tracks = shown.flatMap(({ tips, targets }) => [tips, targets]);
  return picture(title, note, tracks, (panel) =>
    shown.flatMap((episode) => {
      const { tips, targets, successDistance } = episode;
      const reached = episode.distances[episode.distances.length - 1] <= successDistance;
      const [way, missed] = lineColors(2);
      const color = reached ? way : missed;
      return [
        ring(panel, targets, targets.length - 3, successDistance),
        `<polyline points="${polyline(panel, tips, 3)}" fill="none" stroke="${color}" stroke-width="1.6"/>`,
        dot(panel, tips, 0, 3, INK),
        dot(panel, tips, tips.length - 3, 3, color),
      ];
    }),
  );
}

/** One episode as it went, at its own speed, over and over: the arm, its tip's way so far, and the target. */
export function animationFigure(title: string, episode: ArmEpisode): string {
  const { tips, targets, points, seconds, distances, successDistance } = episode;
  const states = distances.length;
  const pointCount = points.length / states;
  // A second of rest at the end, so that the eye sees where it stopped.
  const rest = Math.max(1, Math.round(1 / seconds));
  const duration = `${((states - 1 + rest) * seconds).toFixed(2)}s`;
  const frames = Array.from({ length: states + rest }, (_, k) => Math.min(k, states - 1));
  const animate = (attribute: string, values: string[]) =>
    `<animate attributeName="${attribute}" dur="${duration}" repeatCount="indefinite" calcMode="linear" values="${values.join(';')}"/>`;
  const [color] = lineColors(1);
  const note = `one episode at its own speed, ${((states - 1) * seconds).toFixed(1)} s; ring: the target`;
  return picture(title, note, [tips, targets, points], (panel) => {
    const arm = (state: number) => polyline(panel, points.subarray(state * pointCount, (state + 1) * pointCount), 3);
    const coordinate = (track: Float64Array, axis: 0 | 1) =>
      frames.map((k) => panel.place(track, 3 * k).split(',')[axis]);
    const moving = (track: Float64Array) => animate('cx', coordinate(track, 0)) + animate('cy', coordinate(track, 1));
    return [
      `<polyline points="${polyline(panel, tips, 3)}" fill="none" stroke="${color}" stroke-width="1.2" stroke-opacity="0.45"/>`,
      ring(panel, targets, 0, successDistance, moving(targets)),
      `<polyline points="${arm(0)}" fill="none" stroke="${INK}" stroke-width="5" stroke-linecap="round" stroke-linejoin="round">` +
        `${animate('points', frames.map(arm))}</polyline>`,
      dot(panel, tips, 0, 5, color, moving(tips)),
    ];
  });
}

function picture(
  title: string,
  note: string,
  tracks: readonly Float64Array[],
  draw: (panel: Panel) => readonly string[],
): string {
  const flat = tracks.every(isFlat);
  const views = flat ? [above] : [above, side];
  const panels = views.map((view, index) => panelOf(view, index * (panelSize + gap), tracks));
  const width = views.length * panelSize + (views.length - 1) * gap;
  const height = top + panelSize + bottom;
  const words = (x: number, y: number, text: string, style: string) =>
    `<text x="${x}" y="${y}" font-family="${FONT}" ${style}>${text}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">`,
    words(0, 14, title, `font-size="15" font-weight="600" fill="${INK}"`),
    words(0, 33, note, `font-size="${FONT_SIZE}" fill="${QUIET_INK}"`),
    ...panels.flatMap((panel) => [
      `<rect x="${panel.left}" y="${top}" width="${panelSize}" height="${panelSize}" fill="none" stroke="${GRID}"/>`,
      words(panel.left + 8, top + 18, panel.view.name, `font-size="${FONT_SIZE}" fill="${QUIET_INK}"`),
      scaleBar(panel),
      ...draw(panel),
    ]),
    '</svg>',
  ].join('\n');
}

/** A panel that holds all points of the tracks, with the same scale along both axes. */
function panelOf(view: View, left: number, tracks: readonly Float64Array[]): Panel {
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const track of tracks) {
    for (let at = 0; at < track.length; at += 3) {
      [track[at + view.right], track[at + view.up]].forEach((value, axis) => {
        low[axis] = Math.min(low[axis], value);
        high[axis] = Math.max(high[axis], value);
      });
    }
  }
  const extent = Math.max(high[0] - low[0], high[1] - low[1]) * 1.5;
  const scale = panelSize / extent;
  const middle = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2];
  return {
    view,
    left,
    scale,
    place: (points, at) => {
      const x = left + panelSize / 2 + (points[at + view.right] - middle[0]) * scale;
      const y = top + panelSize / 2 - (points[at + view.up] - middle[1]) * scale;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    },
  };
}

function polyline(panel: Panel, points: Float64Array, stride: number): string {
  const places: string[] = [];
  for (let at = 0; at < points.length; at += stride) places.push(panel.place(points, at));
  return places.join(' ');
}

function dot(panel: Panel, track: Float64Array, at: number, radius: number, color: string, inside = ''): string {
  const [x, y] = panel.place(track, at).split(',');
  return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${color}">${inside}</circle>`;
}

function ring(panel: Panel, track: Float64Array, at: number, radius: number, inside = ''): string {
  const [x, y] = panel.place(track, at).split(',');
  const pixels = Math.max(radius * panel.scale, 3).toFixed(1);
  return `<circle cx="${x}" cy="${y}" r="${pixels}" fill="${NEUTRAL}" fill-opacity="0.25" stroke="${QUIET_INK}">${inside}</circle>`;
}

/** A tenth, a half, one, ... of a metre, whichever is about a quarter of the panel. */
function scaleBar({ left, scale }: Panel): string {
  const aim = panelSize / 4 / scale;
  const power = 10 ** Math.floor(Math.log10(aim));
  const length = [5, 2, 1].map((digit) => digit * power).find((candidate) => candidate <= aim) ?? power;
  const y = top + panelSize - 14;
  const start = left + 12;
  return (
    `<path d="M${start} ${y}h${(length * scale).toFixed(1)}" stroke="${INK}" stroke-width="2"/>` +
    `<text x="${start}" y="${y - 6}" font-family="${FONT}" font-size="${FONT_SIZE}" fill="${QUIET_INK}">${Number(length.toPrecision(1))} m</text>`
  );
}

function isFlat(points: Float64Array): boolean {
  for (let at = 2; at < points.length; at += 3) if (Math.abs(points[at] - points[2]) > 1e-6) return false;
  return true;
}

function isStill(points: Float64Array): boolean {
  return points.every((value, at) => value === points[at % 3]);
}
