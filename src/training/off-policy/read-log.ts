import { clip, parseDecimal, quoteCell, readCsv } from '../../core/csv.ts';
import { UserError } from '../../core/errors.ts';
import { columnNames, type EpisodeLog } from './episode-log.ts';
import { EpisodeLogBuilder, type LoggedStep, type LogShape } from './log-builder.ts';

const numberFields = ['episode', 'step', 'reward', 'terminated', 'truncated'] as const;
const rowFields = ['observation', 'action', 'mask'] as const;

/**
 * Reads a log of episodes: CSV, or JSON lines where the text begins with a brace. One row a step, the steps of an episode
 * below each other from 0 on.
 *
 * @param source name of the file, for messages
 * @throws UserError naming line and column, for columns that are missing or too many, cells that are no numbers, episodes
 *   that are torn apart, and probabilities that cannot be
 */
export function readEpisodeLog(text: string, shape: LogShape, source: string): EpisodeLog {
  return /^\uFEFF?\s*\{/.test(text) ? readJsonLines(text, shape, source) : readTable(text, shape, source);
}

function readTable(text: string, shape: LogShape, source: string): EpisodeLog {
  const expected = [
    ...numberFields.slice(0, 2),
    ...columnNames('observation', shape.observationSize),
    ...columnNames('action', shape.actionSize),
    ...numberFields.slice(2),
  ];
  const [header, ...lines] = readCsv(text, source, `a header '${expected.join(',')},logProb' and one line a step`);
  const doubled = header.find((name, i) => header.indexOf(name) !== i);
  if (doubled !== undefined) throw new UserError(`${source}, line 1: the column '${doubled}' is there twice.`);
  const column = (name: string): number => {
    const at = header.indexOf(name);
    if (at >= 0) return at;
    throw new UserError(`${source}, line 1: there is no column '${name}'; found ${clipList(header)}.`);
  };
  const rowColumns = (quantity: string, width: number): number[] => {
    const found = header.filter((name) => name === quantity || name.startsWith(`${quantity}_`));
    const names = found.includes(`${quantity}_0`)
      ? Array.from({ length: width }, (_, i) => `${quantity}_${i}`)
      : columnNames(quantity, width);
    if (found.length !== width) {
      throw new UserError(
        `${source}, line 1: the policy has ${width} ${quantity} number${width === 1 ? '' : 's'}, so expected ` +
          `${clipList(names)}, but found ${found.length === 0 ? 'none' : clipList(found)}.`,
      );
    }
    return names.map(column);
  };
  const at = Object.fromEntries(numberFields.map((name) => [name, column(name)]));
  const probability = probabilityField(header, `${source}, line 1`, 'column');
  const probabilityAt = column(probability);
  const masked = header.some((name) => name === 'mask' || name.startsWith('mask_'));
  const rows = {
    observation: rowColumns('observation', shape.observationSize),
    action: rowColumns('action', shape.actionSize),
    mask: masked ? rowColumns('mask', shape.maskSize) : [],
  };

  const builder = new EpisodeLogBuilder(shape, masked);
  lines.forEach((cells, line) => {
    const where = `${source}, line ${line + 2}`;
    if (cells.length !== header.length) {
      throw new UserError(`${where}: expected ${header.length} cells as in the header, but there are ${cells.length}.`);
    }
    const read = (index: number): number => {
      const value = parseDecimal(cells[index]);
      if (Number.isFinite(value)) return value;
      throw new UserError(
        `${where}, column ${header[index]}: expected a number, but found ${quoteCell(cells[index])}.`,
      );
    };
    builder.add(
      {
        episode: cells[at.episode],
        step: read(at.step),
        observation: rows.observation.map(read),
        action: rows.action.map(read),
        mask: rows.mask.map(read),
        reward: read(at.reward),
        terminated: flagOf(cells[at.terminated], `${where}, column terminated`),
        truncated: flagOf(cells[at.truncated], `${where}, column truncated`),
        [probability]: read(probabilityAt),
      },
      where,
    );
  });
  return builder.finish(source);
}

function readJsonLines(text: string, shape: LogShape, source: string): EpisodeLog {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  let builder: EpisodeLogBuilder | undefined;
  lines.forEach((line, index) => {
    if (line.trim() === '') return;
    const where = `${source}, line ${index + 1}`;
    const fields = objectOf(line, where);
    const masked = fields.mask !== undefined;
    builder ??= new EpisodeLogBuilder(shape, masked);
    const probability = probabilityField(Object.keys(fields), where, 'field');
    for (const name of [...numberFields, 'observation', 'action']) {
      if (fields[name] === undefined) throw new UserError(`${where}: there is no field '${name}'.`);
    }
    const read = (name: string): number => numberOf(fields[name], `${where}, field ${name}`);
    const readRow = (name: string): number[] => {
      const value = fields[name];
      return (Array.isArray(value) ? value : [value]).map((one) => numberOf(one, `${where}, field ${name}`));
    };
    const [observation, action, mask] = rowFields.map((name) => (fields[name] === undefined ? [] : readRow(name)));
    builder.add(
      {
        ...{ episode: String(fields.episode), step: read('step'), observation, action, mask, reward: read('reward') },
        terminated: flagOf(fields.terminated, `${where}, field terminated`),
        truncated: flagOf(fields.truncated, `${where}, field truncated`),
        [probability]: read(probability),
      },
      where,
    );
  });
  return builder!.finish(source);
}

function objectOf(line: string, where: string): Record<string, unknown> {
  try {
    const value = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below, as anything else that is no object.
  }
  throw new UserError(`${where}: expected a JSON object on each line, but found ${quoteCell(line)}.`);
}

function numberOf(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new UserError(`${where}: expected a number, but found ${clip(JSON.stringify(value))}.`);
}

const flags: readonly unknown[] = ['0', 'false', 'False', 0, false, '1', 'true', 'True', 1, true];

function flagOf(value: unknown, where: string): boolean {
  const index = flags.indexOf(value);
  if (index >= 0) return index >= flags.length / 2;
  throw new UserError(`${where}: expected 0 or 1, or false or true, but found ${clip(JSON.stringify(value))}.`);
}

function probabilityField(names: readonly string[], where: string, what: string): keyof LoggedStep {
  const found = (['logProb', 'propensity'] as const).filter((name) => names.includes(name));
  if (found.length === 1) return found[0];
  throw new UserError(
    found.length === 2
      ? `${where}: there are both 'logProb' and 'propensity'. Keep one of them.`
      : `${where}: there is no ${what} 'logProb' or 'propensity', how probable each action was under the policy that took ` +
          `it; found ${clipList(names)}. Without it, no estimate but the direct method is possible.`,
  );
}

function clipList(names: readonly string[]): string {
  return names.length > 12 ? `${names.slice(0, 12).join(', ')}, ...` : names.join(', ');
}
