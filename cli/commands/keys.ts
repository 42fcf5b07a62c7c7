import { Command } from 'commander';
import { writeKeyPair } from '../../bridge/transports/keys.ts';

export function keysCommand(): Command {
  return new Command('keys')
    .description('make a pair of keys for connections beyond this machine')
    .argument('<name>', 'of the files: <name>.key to give away, <name>.key_secret to keep')
    .addHelpText('after', '\nExamples:\n  $ upslope keys lab')
    .action(async (name: string) => {
      const { publicFile, secretFile } = await writeKeyPair(name);
      process.stdout.write(`${publicFile}  for the other side\n${secretFile}  to be kept\n`);
    });
}
