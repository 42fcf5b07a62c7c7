import { Command, CommanderError, Option } from 'commander';
import { UserError } from '../src/core/errors.ts';
import { kernelChoices } from '../src/engine/index.ts';
import { backtestCommand } from './commands/backtest.ts';
import { benchCommand } from './commands/bench.ts';
import { compareCommand } from './commands/compare.ts';
import { evalCommand } from './commands/eval.ts';
import { exportCommand } from './commands/export.ts';
import { identifyCommand } from './commands/identify.ts';
import { keysCommand } from './commands/keys.ts';
import { labCommand } from './commands/lab.ts';
import { listCommand } from './commands/list.ts';
import { opeCommand } from './commands/ope.ts';
import { replayCommand } from './commands/replay.ts';
import { reportCommand } from './commands/report.ts';
import { screenCommand } from './commands/screen.ts';
import { serveCommand } from './commands/serve.ts';
import { suggestCommand } from './commands/suggest.ts';
import { trainCommand } from './commands/train.ts';
import { walkForwardCommand } from './commands/walkforward.ts';
import { UsageError } from './usage-error.ts';
import { packageVersion } from './version.ts';

/** Runs the command line `upslope <args>` and gives its exit code: 0, 1 for a failure, 2 for a wrong call. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const program = new Command('upslope')
    .description('Reinforcement learning for real problems: portfolios, robot arms, molecules, dopamine.')
    .version(packageVersion())
    .configureHelp({ showGlobalOptions: false })
    .addHelpText(
      'after',
      `
Examples:
  $ upslope list                       what there is to train
  $ upslope train portfolio            train, evaluate and write a report
  $ upslope eval runs/portfolio/...    hold the trained policy against the rules of thumb`,
    );
  const commands = [
    trainCommand,
    evalCommand,
    opeCommand,
    backtestCommand,
    walkForwardCommand,
    identifyCommand,
    screenCommand,
    replayCommand,
    suggestCommand,
    compareCommand,
    labCommand,
    reportCommand,
    exportCommand,
    listCommand,
    serveCommand,
    keysCommand,
    benchCommand,
  ];
  for (const command of commands) program.addCommand(command());
  program
    .addOption(
      new Option('--kernels <which>', 'of networks: machine code or WebAssembly (default: the best there is)').choices(
        kernelChoices,
      ),
    )
    // Where every engine looks, those of other threads too.
    .hook('preAction', () => {
      const { kernels } = program.opts<{ kernels?: string }>();
      if (kernels !== undefined) process.env.UPSLOPE_KERNELS = kernels;
    });
  for (const command of [program, ...program.commands]) command.exitOverride().showHelpAfterError(false);

  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) {
      // It has printed its message already. Help that was not asked for means that the command was missing.
      return error.exitCode === 0 ? 0 : 2;
    }
    if (error instanceof UserError) {
      process.stderr.write(`error: ${error.message}\n`);
      return error instanceof UsageError ? 2 : 1;
    }
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    return 1;
  }
}
