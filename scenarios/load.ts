import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, extname, relative } from 'node:path';
import { parseDocument } from 'yaml';
import { UserError } from '../src/core/errors.ts';
import { packagePath } from '../src/core/package-path.ts';
import { nearestHint } from './nearest-hint.ts';
import { applyOverride } from './override.ts';
import { GYMNASIUM, parseScenario, type Scenario } from './schema.ts';

export interface LoadOptions {
  /** Changes on top of the file, `path=value` each: `algorithm.gamma=0.95`. The value is read as YAML. */
  set?: readonly string[];
}

const EXTENSIONS = ['.yaml', '.yml'];

/**
 * Loads a scenario by the name of a shipped one, by the path of a YAML file, or as `gymnasium:<id>`, which trains any
 * environment of Gymnasium with settings that suit most.
 *
 * @throws UserError for an unknown name, with the nearest ones, and for a file that is no valid scenario
 */
export function loadScenario(nameOrPath: string, { set = [] }: LoadOptions = {}): Scenario {
  const { raw, source } = nameOrPath.startsWith(GYMNASIUM) ? generic(nameOrPath) : read(findScenario(nameOrPath));
  for (const override of set) applyOverride(raw, override);
  return parseScenario(raw, [source, ...set.map((override) => `--set ${override}`)].join(' '));
}

interface Source {
  raw: Record<string, unknown>;
  /** How errors call it. */
  source: string;
}

function read(file: string): Source {
  return { raw: { name: basename(file, extname(file)), ...readYaml(file) }, source: shown(file) };
}

/** Nothing is known of the sizes of observations and rewards: both are normalised. */
function generic(id: string): Source {
  const raw = {
    name: id.replace(/[^\w.-]+/g, '-'),
    environment: { id },
    policy: { normaliseObservations: true, normaliseRewards: true },
    algorithm: { name: 'ppo', rolloutSteps: 256, learningRate: { from: 0.0005, to: 0 } },
    budget: { steps: 100_000 },
  };
  return { raw, source: id };
}

/** The scenarios that ship with the package, by name. */
export function listScenarios(): { name: string; description: string }[] {
  return shippedNames().map((name) => {
    const { description } = loadScenario(name);
    return { name, description };
  });
}

function shippedNames(): string[] {
  return readdirSync(packagePath('scenarios'))
    .filter((name) => EXTENSIONS.includes(extname(name)))
    .map((name) => basename(name, extname(name)))
    .sort();
}

function findScenario(nameOrPath: string): string {
  const shipped = shippedNames();
  if (shipped.includes(nameOrPath)) return packagePath('scenarios', `${nameOrPath}.yaml`);
  if (/[/\\]/.test(nameOrPath) || EXTENSIONS.includes(extname(nameOrPath))) {
    if (existsSync(nameOrPath)) return nameOrPath;
    throw new UserError(
      `There is no file ${nameOrPath}. Expected a scenario as a YAML file, or one of: ${shipped.join(', ')}.`,
    );
  }
  throw new UserError(
    `Unknown scenario '${nameOrPath}'${nearestHint(nameOrPath, shipped)}\n` +
      `Shipped scenarios: ${shipped.join(', ')}. A scenario of your own is named by its file: ./${nameOrPath}.yaml`,
  );
}

/** The shorter way to name a file. */
function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}

function readYaml(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UserError(`${file} cannot be read: ${(cause as Error).message}`);
  }
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem) throw new UserError(`${file} is not valid YAML: ${problem.message.trimEnd()}`);
  const value: unknown = document.toJS();
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new UserError(
    `${file}: expected a mapping with environment, algorithm and budget, got ${JSON.stringify(value)}.`,
  );
}
