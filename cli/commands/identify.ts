import { existsSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import {
  type ArmFit,
  type Estimated,
  fitArm,
  loadArm,
  loadMujoco,
  type RandomiseOptions,
  readJointLog,
} from '../../envs/index.ts';
import type { Table } from '../../src/report/types.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { formatTable, printJson } from '../output.ts';
import { asUsage, UsageError, wholeNumber } from '../usage-error.ts';

interface IdentifyOptions {
  model?: string;
  log: string;
  site?: string;
  joints?: string;
  window: number;
  bootstrap: number;
  seed: number;
  out?: string;
  json?: boolean;
}

export function identifyCommand(): Command {
  return new Command('identify')
    .description('fit damping, armature and payload of an arm to a log of its joints')
    .requiredOption('--log <file>', 'CSV with the columns t, q1.., dq1.., tau1..: s, rad, rad/s, N m')
    .option('--model <file>', 'the arm in MJCF (default: the built-in one of seven joints)')
    .option('--site <name>', 'the site at its tip (default: found)')
    .option('--joints <names>', 'its joints, separated by commas (default: found)')
    .option('--window <samples>', 'over which motion is smoothed and differentiated, odd', wholeNumber(5), 9)
    .option('--bootstrap <n>', 'resamples behind the intervals', wholeNumber(20), 500)
    .option('--seed <n>', 'of the resamples', wholeNumber(0), 0)
    .option('--out <file>', 'write the fit as JSON')
    .option('--json', 'print the fit as one JSON object')
    .addHelpText(
      'after',
      `
The columns of a joint may also go by its name: q_elbow, dq_elbow, tau_elbow. Let every joint move, quickly and slowly.

Examples:
  $ upslope identify --model arm.xml --log joints.csv
  $ upslope identify --model arm.xml --log joints.csv --site ee --out fit.json`,
    )
    .action(identify);
}

async function identify(options: IdentifyOptions): Promise<void> {
  const { model, log, site, joints, window, bootstrap: resamples, seed, out, json } = options;
  if (window % 2 === 0) throw new UsageError(`--window: expected an odd number of samples, got ${window}.`);
  if (!existsSync(log)) throw new UsageError(`There is no file ${log}: expected the log that --log names.`);
  await loadMujoco();
  const arm = asUsage(() => loadArm(model, { site, joints: joints?.split(',') }, true));
  const samples = asUsage(() => readJointLog(readFileSync(log, 'utf8'), arm.jointNames, arm.limits, log));
  const fit = asUsage(() => fitArm(arm, samples, { window, resamples, seed }));
  arm.simulation.dispose();

  const result = { ...fit, randomise: rangesOf(fit) };
  if (out !== undefined) writeFileAtomic(out, `${JSON.stringify(result, null, 2)}\n`);
  if (json) {
    printJson({ ...result, out });
    return;
  }
  const seconds = (fit.samples * fit.interval).toFixed(1);
  const still = fit.joints.filter(({ moved }) => !moved).map(({ joint }) => joint);
  const blocks = [
    `${fit.samples} samples, ${seconds} s.`,
    formatTable(tableOf(fit)),
    `Payload at the tip: ${withInterval(fit.payload)} kg.`,
    ...(still.length > 0 ? [`Too still to tell, and left as in the model: ${still.join(', ')}.`] : []),
    ...fit.indistinct.map(warningOf),
    `To train for all arms that this log allows, put into the scenario:\n\n${yamlOf(result.randomise)}`,
    ...(out === undefined ? [] : [`Fit  ${out}`]),
  ];
  process.stdout.write(`${blocks.join('\n\n')}\n`);
}

function warningOf(group: readonly string[]): string {
  return group.length > 1
    ? `Warning: the log does not tell ${group.join(' from ')}: they are right only together, and their intervals mean nothing. Vary the motion more.`
    : `Warning: the log says nothing of ${group[0]}. Vary the motion more.`;
}

function tableOf({ joints }: ArmFit): Table {
  return {
    columns: ['Joint', 'Damping', 'model', 'Armature', 'model', 'RMSE before', 'RMSE after'],
    rows: joints.map(({ joint, damping, modelDamping, armature, modelArmature, before, after, moved }) => [
      joint,
      moved ? withInterval(damping) : '-',
      digits(modelDamping),
      moved ? withInterval(armature) : '-',
      digits(modelArmature),
      digits(before),
      withInterval(after),
    ]),
    caption: 'N m s/rad, kg m\u00b2 and N m, with 95 % intervals. RMSE: of the torque that the model does not explain.',
  };
}

/** The 95 % intervals as ranges to draw from. */
function rangesOf({ joints, payload }: ArmFit): RandomiseOptions {
  const range = ({ low, high }: Estimated) => [rounded(low), rounded(high)] as const;
  const moved = joints.filter((joint) => joint.moved);
  return {
    damping: Object.fromEntries(moved.map(({ joint, damping }) => [joint, range(damping)])),
    armature: Object.fromEntries(moved.map(({ joint, armature }) => [joint, range(armature)])),
    payload: range(payload),
  };
}

function yamlOf({ damping = {}, armature = {}, payload }: RandomiseOptions): string {
  const joints = (ranges: object) =>
    Object.entries(ranges).map(([joint, [low, high]]) => `        ${joint}: [${low}, ${high}]`);
  return [
    'environment:',
    '  options:',
    '    randomise:',
    `      payload: [${payload!.join(', ')}]`,
    '      damping:',
    ...joints(damping),
    '      armature:',
    ...joints(armature),
  ].join('\n');
}

const rounded = (value: number) => Number(value.toPrecision(4));
const digits = (value: number) => value.toPrecision(3);
const withInterval = ({ value, low, high }: Estimated) => `${digits(value)} [${digits(low)}, ${digits(high)}]`;
