import { columnNames, type EpisodeLog } from './episode-log.ts';

/** The log as CSV, a line for each step, as `readEpisodeLog` reads it. */
export function episodeLogCsv(log: EpisodeLog): string {
  const widths = widthsOf(log);
  const header = [
    ...['episode', 'step'],
    ...Object.entries(widths).flatMap(([name, width]) => columnNames(name, width)),
    ...['reward', 'terminated', 'truncated', 'logProb'],
  ];
  const lines = [header.join(',')];
  eachStep(log, ({ episode, step, at, terminated, truncated }) => {
    const rows = [
      ...rowOf(log.observations, at, widths.observation),
      ...rowOf(log.actions, at, widths.action),
      ...(log.masks ? rowOf(log.masks, at, widths.mask) : []),
    ];
    lines.push([episode, step, ...rows, log.rewards[at], terminated, truncated, log.logProbs[at]].join(','));
  });
  return `${lines.join('\n')}\n`;
}

/** The log as JSON lines, an object for each step. */
export function episodeLogJsonLines(log: EpisodeLog): string {
  const widths = widthsOf(log);
  const lines: string[] = [];
  eachStep(log, ({ episode, step, at, terminated, truncated }) => {
    const fields = {
      ...{ episode, step },
      observation: rowOf(log.observations, at, widths.observation),
      action: rowOf(log.actions, at, widths.action),
      ...(log.masks && { mask: rowOf(log.masks, at, widths.mask) }),
      ...{ reward: log.rewards[at], terminated: terminated === 1, truncated: truncated === 1 },
      logProb: log.logProbs[at],
    };
    lines.push(JSON.stringify(fields));
  });
  return `${lines.join('\n')}\n`;
}

function widthsOf({ observations, actions, masks, rewards }: EpisodeLog) {
  const width = (rows: ArrayLike<number>) => rows.length / rewards.length;
  return { observation: width(observations), action: width(actions), mask: masks ? width(masks) : 0 };
}

interface Step {
  episode: number;
  step: number;
  /** Its place in the arrays of the log. */
  at: number;
  terminated: number;
  truncated: number;
}

function eachStep({ starts, terminated, truncated }: EpisodeLog, write: (step: Step) => void): void {
  for (let episode = 0; episode + 1 < starts.length; episode++) {
    for (let at = starts[episode]; at < starts[episode + 1]; at++) {
      const last = at + 1 === starts[episode + 1];
      write({
        ...{ episode, step: at - starts[episode], at },
        terminated: last ? terminated[episode] : 0,
        truncated: last ? truncated[episode] : 0,
      });
    }
  }
}

function rowOf(rows: Float32Array | Uint8Array, row: number, width: number): number[] {
  return Array.from(rows.subarray(row * width, (row + 1) * width), shortest);
}

/** The shortest decimal that is the same number in single precision: 0.1, not 0.10000000149011612. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}
