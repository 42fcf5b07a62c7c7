import { z } from 'zod';
import { UserError } from '../src/core/errors.ts';
import { nearestHint } from './nearest-hint.ts';

type Path = readonly PropertyKey[];

/**
 * Parses a value, telling of every mistake in it where it is, what was expected and what came. What was expected is
 * the description of the schema there, `.describe('a number from 0 to 1')`, or else zod's own words.
 *
 * @throws UserError
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown, source: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => describe(issue, schema, value));
  const [only] = problems;
  throw new UserError(problems.length === 1 ? `${source}: ${only}` : [`${source}:`, ...problems].join('\n  '));
}

function describe(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `unknown key '${join([...issue.path, key])}'${keyHint(key, issue.path, schema, value)}`,
    );
  }
  const where = issue.path.length > 0 ? join(issue.path) : 'the file';
  const came = valueAt(value, issue.path);
  const got = came === undefined ? 'got nothing' : `got ${JSON.stringify(came)}`;
  const choices = choicesOf(issue);
  const hint = typeof came === 'string' && choices.length > 1 ? nearestHint(came, choices) : '';
  return [`${where}: expected ${expectation(issue, schema, value, choices)}, ${got}${hint}`];
}

/** The values among which one had to be chosen, if the mistake is that none of them was. */
function choicesOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code === 'invalid_union' && 'options' in issue) return (issue.options as unknown[]).map(String);
  return [];
}

function expectation(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown, choices: readonly string[]): string {
  // A part of a choice, as one end of a schedule, is told of as the whole.
  for (let length = issue.path.length; length > 0; length--) {
    const [at] = schemasAt(schema, issue.path.slice(0, length), value);
    if (at?.description) return at.description;
    if (at) break;
  }
  if (choices.length > 0) return `one of ${choices.join(', ')}`;
  if (issue.code === 'invalid_type' && issue.expected === 'object') return 'a mapping of keys to values';
  return issue.message.replace(/^.*expected /, '').replace(/, received .*$/, '');
}

/** The nearest keys of the same mapping, or the places where the key does belong. */
function keyHint(key: string, path: Path, schema: z.ZodType, value: unknown): string {
  const siblings = schemasAt(schema, path, value).flatMap(keysOf);
  const elsewhere = pathsOf(schema, value).filter((known) => known.endsWith(`.${key}`));
  return elsewhere.length > 0 ? nearestHint(key, elsewhere) : nearestHint(key, siblings);
}

function keysOf(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** Every key a schema knows, however deep: `algorithm.gamma`. */
function pathsOf(schema: z.ZodType, value: unknown, prefix: Path = []): string[] {
  return keysOf(schema).flatMap((key) => {
    const path = [...prefix, key];
    const inner = valueAt(value, [key]);
    return [join(path), ...schemasAt(schema, [key], value).flatMap((kind) => pathsOf(kind, inner, path))];
  });
}

/**
 * The schemas that speak of a place: more than one where the value may be of several kinds and does not tell which.
 * @param value what lies where `schema` speaks of
 */
function schemasAt(schema: z.ZodType, path: Path, value: unknown): z.ZodType[] {
  if (schema instanceof z.ZodUnion) {
    if (path.length === 0 && schema.description) return [schema];
    return optionsFor(schema, value).flatMap((option) => schemasAt(option, path, value));
  }
  // A description belongs to the wrapper it was put on.
  const wraps =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable;
  if (wraps) return schemasAt(schema.unwrap() as z.ZodType, path, value);
  if (path.length === 0) return [schema];
  const [key, ...rest] = path;
  const inner = valueAt(value, [key]);
  if (schema instanceof z.ZodArray) return schemasAt(schema.element as z.ZodType, rest, inner);
  if (schema instanceof z.ZodObject && Object.hasOwn(schema.shape, key))
    return schemasAt(schema.shape[String(key)], rest, inner);
  return [];
}

/** The kinds a value may be of: the one it says it is, where kinds have names. */
function optionsFor(union: z.ZodUnion, value: unknown): z.ZodType[] {
  const options = union.options as z.ZodType[];
  if (!(union instanceof z.ZodDiscriminatedUnion)) return options;
  const { discriminator } = union.def;
  const said = options.filter((option) =>
    schemasAt(option, [discriminator], value).some(
      (kind) => kind instanceof z.ZodLiteral && kind.values.has(valueAt(value, [discriminator]) as string),
    ),
  );
  return said.length > 0 ? said : options;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

function join(path: Path): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`)).join('');
}
