import type { ReportSection, Table } from '../report/types.ts';

/** A piece of theory, shown at work on a problem small enough to know the truth of. */
export interface Experiment {
  /** `score-function`, by which it is asked for. */
  readonly id: string;
  /** The claim, in a line. */
  readonly title: string;
  /** Where it comes from. */
  readonly paper: string;
  /** Plain text, one equation a line. */
  readonly formula: string;
  /** What is run, and how to read what comes of it. An empty line starts a new paragraph. */
  readonly about?: string;
  /** Takes less than a minute. What it finds is a function of the seed. */
  run(options: ExperimentOptions): Findings | Promise<Findings>;
}

export interface ExperimentOptions {
  seed: number;
  /** Told how far it has come, 0 to 1. */
  onProgress?(share: number): void;
}

export interface Findings {
  verdicts: Verdict[];
  /** SVG documents, as `lineFigure` and its kin give them. */
  figures: string[];
  tables?: Table[];
}

/** A number that decides whether a claim holds. */
export interface Verdict {
  claim: string;
  measured: number;
  /** The claim holds where `measured` lies from `low` to `high`. */
  low: number;
  high: number;
  holds: boolean;
}

/** A claim that holds where a number lies within bounds; NaN never does. */
export function within(claim: string, measured: number, low: number, high: number): Verdict {
  return { claim, measured, low, high, holds: measured >= low && measured <= high };
}

/** Claims and numbers as a table. */
export function verdictTable(verdicts: readonly Verdict[]): Table {
  return {
    columns: ['Claim', 'Measured', 'Holds from', 'to', 'Verdict'],
    rows: verdicts.map(({ claim, measured, low, high, holds }) => [
      claim,
      brief(measured),
      brief(low),
      brief(high),
      holds ? 'holds' : 'FAILS',
    ]),
    emphasis: verdicts.flatMap(({ holds }, i) => (holds ? [] : [i])),
  };
}

/** The page of an experiment, as sections of a report. */
export function experimentSections({ formula, about }: Experiment, findings: Findings): ReportSection[] {
  return [
    { title: 'Formula', formula, text: about },
    { title: 'What was found', figures: findings.figures },
    { title: 'Verdicts', table: verdictTable(findings.verdicts) },
    ...(findings.tables ?? []).map(({ caption, ...table }) => ({ title: caption ?? 'Numbers', table })),
  ];
}

function brief(value: number): string {
  if (value === Infinity) return '\u221e';
  if (value === -Infinity) return '-\u221e';
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : String(Number(value.toPrecision(4)));
}
