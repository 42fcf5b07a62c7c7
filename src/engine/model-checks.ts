import { UserError } from '../core/errors.ts';
import type { ModelSpec, Tensor } from './engine.ts';

/** @throws UserError when a model cannot be so */
export function checkSpec({ networks, vectors, maxRows }: ModelSpec): void {
  for (const [name, { sizes, activation }] of Object.entries(networks)) {
    if (sizes.length < 2 || !sizes.every((size) => Number.isInteger(size) && size >= 1)) {
      throw new UserError(
        `Network ${name} needs at least two layer sizes, each a whole number from 1; got [${sizes.join(', ')}].`,
      );
    }
    if (!['tanh', 'relu', 'silu', 'none'].includes(activation)) {
      throw new UserError(`Network ${name}: activation must be tanh, relu, silu or none; got ${activation}.`);
    }
  }
  for (const name of Object.keys(vectors ?? {})) {
    if (Object.keys(networks).some((network) => name.startsWith(`${network}.`))) {
      throw new UserError(`Vector ${name} has a name that could be a tensor of a network: take one without a dot.`);
    }
  }
  if (!(Number.isInteger(maxRows) && maxRows >= 1)) {
    throw new UserError(`maxRows must be a whole number from 1; got ${maxRows}.`);
  }
}

/**
 * @param shapes of all tensors of a model, by name
 * @param what they are: `weights`
 * @throws UserError when names or shapes are others
 */
export function checkTensors(
  tensors: Readonly<Record<string, Tensor>>,
  shapes: ReadonlyMap<string, readonly number[]>,
  what: string,
): void {
  const unknown = Object.keys(tensors).filter((name) => !shapes.has(name));
  if (unknown.length > 0) {
    throw new UserError(
      `These ${what} belong to another model: it has no tensor ${unknown.join(', ')}. It has ${[...shapes.keys()].join(', ')}.`,
    );
  }
  for (const [name, shape] of shapes) {
    const tensor = tensors[name];
    if (!tensor) throw new UserError(`These ${what} lack the tensor ${name} of shape [${shape.join(', ')}].`);
    const size = shape.reduce((product, length) => product * length, 1);
    if (tensor.shape.join() !== shape.join() || tensor.data.length !== size) {
      throw new UserError(
        `Tensor ${name} of these ${what} must have shape [${shape.join(', ')}] and ${size} numbers; got [${tensor.shape.join(', ')}] and ${tensor.data.length}: it comes from a network of other layer sizes.`,
      );
    }
  }
}
