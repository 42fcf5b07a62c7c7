import type { Dict } from './dict.ts';
import type { Space } from './space.ts';
import type { Tuple } from './tuple.ts';

/** Which part of a value a number of its flattened row comes from: `.goal[2]`, `[0].angle`. */
export function leafName(space: Space, index: number): string {
  if (space.type === 'dict') {
    return partName(
      (space as Dict).entries.map(([name, part]) => [`.${name}`, part]),
      index,
    );
  }
  if (space.type === 'tuple') {
    return partName(
      (space as Tuple).spaces.map((part, i) => [`[${i}]`, part]),
      index,
    );
  }
  return `[${index}]`;
}

function partName(parts: readonly (readonly [name: string, space: Space])[], index: number): string {
  let at = index;
  for (const [name, space] of parts) {
    if (at < space.flatSize) return name + leafName(space, at);
    at -= space.flatSize;
  }
  return `[${index}]`;
}
