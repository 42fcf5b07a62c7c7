#!/usr/bin/env node
import { runCommand } from './program.ts';

// A reader that has seen enough, as in `upslope list | head -3`, is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

process.exitCode = await runCommand(process.argv.slice(2));
