import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, extname, relative } from 'node:path';
import { parseDocument } from 'yaml';
import { UserError } from '../src/core/errors.ts';
import { packagePath } from '../src/core/package-path.ts';
import { nearestHint } from './nearest-hint.ts';
import { applyOverride } from './override.ts';
import { parseScenario, type Scenario } from './schema.ts';

export interface LoadOptions {
  /** Changes on top of the file, `path=value` each: `algorithm.gamma=0.95`. The value is read as YAML. */
  set?: readonly string[];
}

const EXTENSIONS = ['.yaml', '.yml'];

/**
 * Loads a scenario by the name of a shipped one or by the path of a YAML file.
 * @throws UserError for an unknown name, with the nearest ones, and for a file that is no valid scenario
 */
export function loadScenario(nameOrPath: string, { set = [] }: LoadOptions = {}): Scenario {
  const file = findScenario(nameOrPath);
  const raw = readYaml(file);
  for (const override of set) applyOverride(raw, override);
  const named = { name: basename(file, extname(file)), ...raw };
  return parseScenario(named, [shown(file), ...set.map((override) => `--set ${override}`)].join(' '));
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
