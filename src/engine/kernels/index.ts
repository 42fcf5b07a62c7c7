export { adam, norm } from './adam';
export { backward, forward } from './network';
export { peak } from './peak';
export { outerProduct, product } from './product';
export { add, approach } from './vectors';

/** Zeroes a block: faster than filling a view of shared memory from outside. */
export function clear(address: usize, bytes: usize): void {
  memory.fill(address, 0, bytes);
}

/** Where the kernels' own tables end and free memory begins. */
export const heapBase: usize = __heap_base;
