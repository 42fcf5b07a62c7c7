import type { Policy } from '../policy/policy.ts';
import type { Port } from './graph.ts';
import { encodeOnnx } from './onnx.ts';
import { policyGraph } from './policy-graph.ts';
import { encodeGraphTensors } from './safetensors.ts';
import { encodeTfjs } from './tfjs.ts';

export type { Port } from './graph.ts';

export const exportFormats = ['onnx', 'tfjs', 'safetensors'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  format: ExportFormat;
  /** Of the scenario it was trained in; told in the file. */
  name: string;
  /** Whether the critic comes along, where there is one. Default true. */
  withValue?: boolean;
}

export interface ExportedPolicy {
  /** One file, or for `tfjs` two that stand beside each other. */
  files: Readonly<Record<string, string | Uint8Array>>;
  inputs: readonly Port[];
  outputs: readonly Port[];
}

/**
 * A policy for other programs to run, with the normalisation of observations and the bounds of actions inside.
 *
 * @throws UserError where it cannot be exported
 */
export function exportPolicy(policy: Policy, { format, name, withValue }: ExportOptions): ExportedPolicy {
  const { graph, description } = policyGraph(policy, withValue);
  const { inputs, outputs } = graph;
  const metadata = { format: 'upslope-export-1', scenario: name };
  switch (format) {
    case 'onnx': {
      const model = encodeOnnx(graph, name, { ...metadata, policy: JSON.stringify(description) });
      return { files: { 'policy.onnx': model }, inputs, outputs };
    }
    case 'tfjs':
      return { files: encodeTfjs(graph, { ...metadata, policy: description }), inputs, outputs };
    case 'safetensors': {
      const tensors = encodeGraphTensors(graph, { ...metadata, policy: JSON.stringify(description) });
      return { files: { 'policy.safetensors': tensors }, inputs, outputs };
    }
  }
}
