import { Command, Option } from 'commander';
import { dieWithParent, serve } from '../../bridge/host/serve.ts';
import '../../envs/index.ts';
import { collected, UsageError, wholeNumber } from '../usage-error.ts';

interface ServeOptions {
  fd?: number;
  bind?: string;
  connect?: string;
  allow?: string[];
  maxSessions: number;
  key?: string;
  allowKeys?: string;
  serverKey?: string;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('serve our environments to other programs, such as Python with the module upslope')
    .option('--bind <address>', 'listen here for programs that connect')
    .option('--connect <address>', 'connect to a trainer that listens there')
    .addOption(new Option('--fd <n>', 'serve over this inherited socket').argParser(wholeNumber(0)).hideHelp())
    .option('--allow <id>', 'an environment that may be made, * standing for anything; may be repeated', collected)
    .option('--max-sessions <n>', 'most batches of environments at a time', wholeNumber(1), 256)
    .option('--key <file>', 'own secret key, to encrypt (upslope keys makes one)')
    .option('--allow-keys <path>', 'public key, or folder of them, of those who may connect')
    .option('--server-key <file>', 'public key of the one to connect to')
    .addHelpText(
      'after',
      `
Examples:
  $ upslope serve --bind tcp://127.0.0.1:5557
  $ upslope serve --bind tcp://0.0.0.0:5557 --allow 'upslope/*' --key lab.key_secret --allow-keys friends/`,
    )
    .action(serveEnvironments);
}

async function serveEnvironments(options: ServeOptions): Promise<void> {
  const { fd, bind, connect, allow, maxSessions, key, allowKeys, serverKey } = options;
  if ([fd, bind, connect].filter((where) => where !== undefined).length !== 1) {
    throw new UsageError(
      "Expected either --bind <address> or --connect <address>, as in 'upslope serve --bind tcp://127.0.0.1:5557'.",
    );
  }
  if (fd !== undefined) dieWithParent();
  const keys = key === undefined ? undefined : { key, allow: allowKeys, serverKey };
  const serving = await serve({ fd, bind, connect, allow, maxSessions, keys });
  if (fd === undefined) {
    const verb = bind === undefined ? 'Connecting to' : 'Serving at';
    process.stderr.write(`${verb} ${serving.endpoint}. Ctrl-C stops it.\n`);
  }
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(''));
  });
  const reason = await Promise.race([serving.ended, stopped]);
  await serving.close();
  if (reason !== '' && fd === undefined) throw new UsageError(reason);
}
