import type { DomainEvaluation } from '../envs/domain.ts';
import { renderReport } from '../src/report/html.ts';
import { readProgress, trainingSections } from '../src/report/training-report.ts';
import type { ReportSection } from '../src/report/types.ts';
import { writeFileAtomic } from '../src/training/atomic-file.ts';
import type { StoredRun } from './finished-run.ts';
import { formatDuration, formatNumber } from './output.ts';

/** Writes the report of a run, from what it has recorded and what its domain found out. Returns its path. */
export function writeReport(run: StoredRun, found: DomainEvaluation | undefined): string {
  const { scenario, seed, paths } = run;
  const progress = readProgress(paths.progress);
  const lastOf = (column: string): number =>
    progress.values[column]?.findLast((value) => Number.isFinite(value)) ?? Number.NaN;
  const html = renderReport({
    title: scenario.name,
    subtitle: scenario.description || undefined,
    facts: [
      ['Environment', scenario.environment.id],
      ['Algorithm', scenario.algorithm.name.toUpperCase()],
      ['Steps', formatNumber(lastOf('steps'))],
      ['Time', formatDuration(lastOf('seconds'))],
      ['Last evaluation return', formatNumber(lastOf('evaluationMean'))],
      ['Seed', String(seed)],
    ],
    sections: [...(found?.sections ?? []), ...trainingSections(progress), configuration(run)],
  });
  writeFileAtomic(paths.report, html);
  return paths.report;
}

function configuration({ scenario, paths }: StoredRun): ReportSection {
  const { name: _, description: __, ...rest } = scenario;
  return {
    title: 'Configuration',
    text: `The scenario with every default filled in, as ${paths.config} holds it.`,
    table: { columns: ['Setting', 'Value'], rows: flatten(rest), emphasis: [] },
  };
}

/** Leaves of nested settings under their paths: `algorithm.gamma`. */
function flatten(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]): [string, string][] => {
    const path = `${prefix}${key}`;
    const isMapping = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    if (isMapping) return flatten(inner, `${path}.`);
    return [[path, typeof inner === 'string' ? inner : JSON.stringify(inner)]];
  });
}
