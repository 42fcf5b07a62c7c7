import { UserError } from '../../src/core/errors.ts';
import type { Simulation } from './simulation.ts';

/** Which parts of a model are the arm. */
export interface ArmParts {
  /** The site that is the tip. Default: one named tip, ee, end_effector, attachment_site, grip or the like, else the outermost. */
  site?: string;
  /** The joints that move it. Default: those between it and the world that an actuator drives. */
  joints?: readonly string[];
}

const tipNames =
  /^(.*[_-])?(tip|ee|eef|tcp|end[_-]?effector|attachment([_-]site)?|grip(per)?([_-]site)?|pinch|tool|hand)([_-].*)?$/i;

// MuJoCo's enumerations.
const HINGE = 3;
const SLIDE = 2;
const JOINT_TRANSMISSION = 0;
const AFFINE_BIAS = 1;

/** The tip: the site of that name, else one named like a tip, else the outermost. */
export function siteOf(simulation: Simulation, wanted: string | undefined): number {
  if (wanted !== undefined) return simulation.idOf('site', wanted);
  const names = simulation.names('site');
  if (names.length === 0) {
    throw new UserError(
      `${simulation.name} has no site: expected one at the tip of the arm, such as <site name="tip"/> in its last body.`,
    );
  }
  const depth = names.map((_, site) => chainOf(simulation, site).length);
  const candidates = names.map((_, site) => site).filter((site) => tipNames.test(names[site]) && depth[site] > 0);
  const among = candidates.length > 0 ? candidates : names.map((_, site) => site);
  return among.reduce((best, site) => (depth[site] > depth[best] ? site : best));
}

/** Joints between a site and the world, from the world outwards. */
function chainOf(simulation: Simulation, site: number): number[] {
  const parent = simulation.indices('body_parentid');
  const first = simulation.indices('body_jntadr');
  const number = simulation.indices('body_jntnum');
  const chain: number[] = [];
  for (let body = simulation.indices('site_bodyid')[site]; body > 0; body = parent[body]) {
    for (let k = number[body] - 1; k >= 0; k--) chain.unshift(first[body] + k);
  }
  return chain;
}

/** The joints of the arm, from the base outwards. */
export function jointsOf(simulation: Simulation, site: number, wanted: readonly string[] | undefined): number[] {
  const siteName = simulation.nameOf('site', site);
  const joints = (wanted?.map((name) => simulation.idOf('joint', name)) ?? chainOf(simulation, site)).filter(
    (joint) => wanted !== undefined || actuatorOf(simulation, joint) !== undefined,
  );
  if (joints.length === 0) {
    throw new UserError(
      `${simulation.name}: no actuator drives a joint between the world and the site '${siteName}'. Name another tip ` +
        `with the option 'site': there are ${simulation.names('site').join(', ')}.`,
    );
  }
  const type = simulation.indices('jnt_type');
  for (const joint of joints) {
    const name = simulation.nameOf('joint', joint);
    if (type[joint] !== HINGE && type[joint] !== SLIDE) {
      throw new UserError(
        `${simulation.name}: the joint '${name}' is neither a hinge nor a slide, as those of an arm are.`,
      );
    }
    if (actuatorOf(simulation, joint) === undefined) {
      throw new UserError(`${simulation.name}: no actuator drives the joint '${name}'. Leave it out of 'joints'.`);
    }
  }
  return joints;
}

/** The actuator that drives a joint, if one does. */
export function actuatorOf(simulation: Simulation, joint: number): number | undefined {
  const transmission = simulation.indices('actuator_trntype');
  const target = simulation.indices('actuator_trnid');
  for (let actuator = 0; actuator < simulation.nu; actuator++) {
    if (transmission[actuator] === JOINT_TRANSMISSION && target[2 * actuator] === joint) return actuator;
  }
  return undefined;
}

/** Whether an actuator takes positions, not torques. */
export function isServo(simulation: Simulation, actuator: number): boolean {
  return simulation.indices('actuator_biastype')[actuator] === AFFINE_BIAS;
}

/** The most an actuator exerts on its joint, N m or N; Infinity where it is not limited. */
export function torqueLimit(simulation: Simulation, actuator: number, gear: number, motor: boolean): number {
  const most = (name: string): number => {
    const range = simulation.parameter(name);
    const [low, high] = [range[2 * actuator], range[2 * actuator + 1]];
    return isRange(low, high) ? Math.abs(high * gear) : Number.POSITIVE_INFINITY;
  };
  return Math.min(most('actuator_forcerange'), motor ? most('actuator_ctrlrange') : Number.POSITIVE_INFINITY);
}

/** Whether something is limited can be read off its range only: the package cannot hand out MuJoCo's flags. */
export const isRange = (low: number, high: number) => low < high;
