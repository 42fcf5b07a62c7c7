/** Rows under named columns. A column that holds only numbers is aligned right. */
export interface Table {
  columns: string[];
  rows: (string | number)[][];
  caption?: string;
  /** Indices of the rows that stand out; the first when absent. */
  emphasis?: readonly number[];
}

/** One part of a report: a formula, words, then figures, then a table. */
export interface ReportSection {
  title: string;
  /** Lines that are kept as they are. */
  formula?: string;
  /** Plain text; an empty line starts a new paragraph. */
  text?: string;
  /** SVG documents, as `lineFigure` and its kin give them. They are put into the page as they are. */
  figures?: string[];
  table?: Table;
}

export interface Report {
  title: string;
  subtitle?: string;
  /** The few numbers and names to read first: [label, value]. */
  facts: readonly (readonly [string, string])[];
  sections: ReportSection[];
}
