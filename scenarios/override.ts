import { parse } from 'yaml';
import { UserError } from '../src/core/errors.ts';

type Container = Record<string, unknown> | unknown[];

/**
 * Puts one value of a scenario in place, making the mappings on the way to it.
 * @param override `path=value`, as in `algorithm.learningRate=0.001` or `shaping.terms.0.weight=2`; the value is YAML
 * @throws UserError when it is not of that form
 */
export function applyOverride(scenario: Record<string, unknown>, override: string): void {
  const equals = override.indexOf('=');
  const path = override.slice(0, Math.max(equals, 0)).trim().split('.');
  if (equals < 0 || path.some((key) => key === '')) {
    throw new UserError(`Expected path=value, such as algorithm.gamma=0.95, got '${override}'.`);
  }
  let value: unknown;
  try {
    value = parse(override.slice(equals + 1));
  } catch (cause) {
    throw new UserError(`The value of '${override}' is not valid YAML: ${(cause as Error).message}`);
  }
  let container: Container = scenario;
  for (const [i, key] of path.entries()) {
    if (Array.isArray(container) && !/^\d+$/.test(key)) {
      const list = path.slice(0, i).join('.');
      throw new UserError(`${list} is a list: expected the number of an entry, as in ${list}.0, got '${key}'.`);
    }
    const inner: unknown = Array.isArray(container) ? container[Number(key)] : own(container, key);
    const next: unknown = i === path.length - 1 ? value : isContainer(inner) ? inner : {};
    // Unlike an assignment this also holds for keys such as __proto__, which the schema then refuses.
    Object.defineProperty(container, key, { value: next, writable: true, enumerable: true, configurable: true });
    container = next as Container;
  }
}

function own(container: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(container, key) ? container[key] : undefined;
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}
