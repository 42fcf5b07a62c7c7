import { nativeKernels } from '../../src/engine/wasm/native.ts';
import { type KernelBuild, kernelBuilds } from '../../src/engine/wasm/runtime.ts';

/** Why the native kernels cannot be tested here. */
export const noNative =
  nativeKernels() === undefined ? 'there are no native kernels: is there a C++ compiler?' : undefined;

/** Builds of the kernels on this machine. */
export const builds: readonly KernelBuild[] = kernelBuilds.filter((build) => build !== 'native' || !noNative);
