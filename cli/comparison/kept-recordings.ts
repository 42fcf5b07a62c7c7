import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { FittedRecording } from '../../envs/index.ts';
import { UserError } from '../../src/core/errors.ts';
import { fileError } from '../../src/training/atomic-file.ts';
import { openAppendFile } from '../../src/training/sinks/append-file.ts';

/** Made-up recordings with what was fitted to them, in a file. */
export interface KeptRecordings {
  readonly recordings: readonly FittedRecording[];
  add(fitted: FittedRecording): void;
  close(): void;
}

/**
 * Opens a file of recordings, one a line below the settings they were made at, or begins one.
 *
 * @throws UserError for a file of anything else, or of other settings
 */
export function openKept(path: string, settings: { readonly models: readonly string[] }): KeptRecordings {
  const head = `${JSON.stringify(settings)}\n`;
  const text = existsSync(path) ? read(path) : '';
  if (!head.startsWith(text) && !text.startsWith(head)) {
    throw new UserError(
      `${path} is not of these recordings. Expected its first line to be\n${head}got\n${text.split('\n', 1)[0].slice(0, 500)}\n` +
        'Name another file for other settings.',
    );
  }
  // What an interruption has torn off is fitted again.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const schema = recordingOf(settings.models.length);
  const recordings = whole
    .split('\n')
    .slice(1, -1)
    .map((line, i) => parse(schema, path, line, i + 2));
  const file = openAppendFile(path, whole === '' ? undefined : Buffer.byteLength(whole));
  const write = (line: string): void => {
    file.write(line);
    file.flush();
  };
  if (whole === '') write(head);
  return { recordings, add: (fitted) => write(`${JSON.stringify(fitted)}\n`), close: () => file.close() };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError('read', path, cause);
  }
}

/** What `models` of them came to; all numbers finite, as JSON knows no others. */
function recordingOf(models: number): z.ZodType<FittedRecording> {
  const parameters = z.record(z.string(), z.number());
  return z.object({
    truth: z
      .int()
      .min(0)
      .max(models - 1),
    dataset: z.int().min(0),
    drawn: parameters,
    fits: z.array(z.object({ bic: z.number(), parameters })).length(models),
  });
}

function parse(schema: z.ZodType<FittedRecording>, path: string, line: string, number: number): FittedRecording {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw new UserError(`${path}, line ${number}: expected a recording as this command writes it. Delete the line.`, {
      cause,
    });
  }
}
