import { readFileSync } from 'node:fs';
import { UserError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import { describeSpace, type SpaceDescription, spaceFrom } from '../core/spaces/description.ts';
import type { Engine, Tensor } from '../engine/engine.ts';
import type { MomentsState } from './normalisers.ts';
import { Policy, type PolicyConfig, policyDefaults } from './policy.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const FORMAT = 'upslope-policy-1';

/** Running statistics of a policy, JSON-able. */
export interface NormaliserState {
  observations: MomentsState | undefined;
  returns: MomentsState | undefined;
}

interface Description extends NormaliserState {
  config: PolicyConfig;
  /** Files written before there were policies without one do not say. */
  hasCritic?: boolean;
  observationSpace: SpaceDescription;
  actionSpace: SpaceDescription;
  scenario: unknown;
}

export function getNormaliserState(policy: Policy): NormaliserState {
  return {
    observations: policy.observationNormaliser?.moments.getState(),
    returns: policy.returnMoments?.getState(),
  };
}

export function setNormaliserState(policy: Policy, state: NormaliserState): void {
  if (state.observations) policy.observationNormaliser?.moments.setState(state.observations);
  if (state.returns) policy.returnMoments?.setState(state.returns);
}

/**
 * A policy as one safetensors file: weights as tensors; architecture, spaces, normalisers and the scenario that made
 * it as JSON in the metadata entry `policy`.
 */
export function encodePolicy(policy: Policy, scenario: unknown): Uint8Array {
  const description: Description = {
    config: policy.config,
    hasCritic: policy.hasCritic,
    observationSpace: describeSpace(policy.observationSpace),
    actionSpace: describeSpace(policy.actionSpace),
    ...getNormaliserState(policy),
    scenario,
  };
  return encodeSafetensors({
    tensors: policy.model.getTensors(),
    metadata: { format: FORMAT, policy: JSON.stringify(description) },
  });
}

/**
 * Loads a policy file for acting.
 * @param maxRows the most observations it will be asked about at once
 * @throws UserError when the file is missing, damaged or of another kind
 */
export function loadPolicy(file: string, engine: Engine, maxRows = 64): { policy: Policy; scenario: unknown } {
  const { tensors, metadata } = readTensorFile(file);
  if (metadata.format !== FORMAT) {
    throw new UserError(`${file} holds no policy: expected format ${FORMAT}, got ${metadata.format ?? 'none'}.`);
  }
  const description: Description = JSON.parse(metadata.policy);
  const policy = new Policy(engine, {
    config: { ...policyDefaults, ...description.config },
    observationSpace: spaceFrom(description.observationSpace),
    actionSpace: spaceFrom(description.actionSpace),
    maxRows,
    random: new Random(0),
    hasCritic: description.hasCritic,
  });
  policy.model.setTensors(tensors);
  setNormaliserState(policy, description);
  return { policy, scenario: description.scenario };
}

/** Reads a safetensors file from disk. */
export function readTensorFile(file: string): { tensors: Record<string, Tensor>; metadata: Record<string, string> } {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new UserError(`${file} cannot be read: ${(cause as Error).message}`);
  }
  return decodeSafetensors(bytes, file);
}
