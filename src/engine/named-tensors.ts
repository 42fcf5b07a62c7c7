import type { Tensor } from './engine.ts';

/** The tensors under the names `<prefix>/<name>`. */
export function prefixed(prefix: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}/${name}`, tensor]));
}

/** The tensors whose names begin with `<prefix>/`, without it. */
export function withPrefix(prefix: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const start = `${prefix}/`;
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(start))
      .map(([name, tensor]) => [name.slice(start.length), tensor]),
  );
}
