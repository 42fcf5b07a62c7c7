import { solvePositive } from '../../src/estimators/cholesky.ts';

/** One link of a planar arm. SI units. */
export interface PlanarLink {
  /** From its joint to the next one, or to the tip, in m. */
  length: number;
  /** In kg. */
  mass: number;
  /** From its joint to the centre of mass, along the link, in m. */
  centre: number;
  /** About the centre of mass, in kg m^2. */
  inertia: number;
  /** Torque against the motion of its joint over its angular velocity, in N m s. */
  damping: number;
  /** Inertia of the motor as the joint feels it, in kg m^2. */
  armature: number;
}

/** A uniform rod without friction or motor. */
export function rod(length: number, mass: number): PlanarLink {
  return { length, mass, centre: length / 2, inertia: (mass * length * length) / 12, damping: 0, armature: 0 };
}

/**
 * An arm of n links in a plane, turned by torques at its joints, integrated by the classical Runge-Kutta method of
 * order four. Joint angles are relative; angle 0 of the first is along x.
 *
 * With absolute angles phi_i, the sums of the joint angles up to i, Lagrange's equations read
 *
 *     sum_j A_ij cos(phi_i - phi_j) phi''_j + sum_j A_ij sin(phi_i - phi_j) phi'_j^2 + g b_i cos(phi_i) = Q_i
 *
 * with b_i = m_i c_i + l_i sum_{k > i} m_k, A_ij = l_i b_j for i < j, and
 * A_ii = I_i + m_i c_i^2 + l_i^2 sum_{k > i} m_k. Joint coordinates, in which damping and armature are diagonal, follow
 * by summation, as phi_i moves with every joint up to i.
 *
 * Two links like those of MuJoCo's Reacher follow its trajectories to 1e-9 rad over a second.
 */
export class PlanarArm {
  readonly links: readonly PlanarLink[];
  /** Acceleration along -y in m/s^2. */
  readonly gravity: number;
  /** Of the joints, rad and rad/s. */
  readonly angles: Float64Array;
  readonly velocities: Float64Array;
  /** Joints and tip: x, y, z for each, z = 0; `updatePoints` brings them to the angles at hand. */
  readonly points: Float64Array;

  readonly #coupling: Float64Array;
  readonly #moments: Float64Array;
  readonly #absolute: Float64Array;
  readonly #absoluteVelocity: Float64Array;
  readonly #mass: Float64Array;
  readonly #force: Float64Array;
  readonly #angleStage: Float64Array;
  readonly #velocityStage: Float64Array;
  readonly #slopes: readonly Float64Array[];
  readonly #multiplier: Float64Array;
  readonly #absoluteMultiplier: Float64Array;
  readonly #absoluteAcceleration: Float64Array;

  constructor(links: readonly PlanarLink[], gravity = 0) {
    const n = links.length;
    this.links = links;
    this.gravity = gravity;
    this.angles = new Float64Array(n);
    this.velocities = new Float64Array(n);
    this.points = new Float64Array(3 * (n + 1));
    this.#absolute = new Float64Array(n);
    this.#absoluteVelocity = new Float64Array(n);
    this.#mass = new Float64Array(n * n);
    this.#force = new Float64Array(n);
    this.#angleStage = new Float64Array(n);
    this.#velocityStage = new Float64Array(n);
    this.#slopes = Array.from({ length: 8 }, () => new Float64Array(n));
    this.#multiplier = new Float64Array(n);
    this.#absoluteMultiplier = new Float64Array(n);
    this.#absoluteAcceleration = new Float64Array(n);

    this.#moments = new Float64Array(n);
    this.#coupling = new Float64Array(n * n);
    let carried = 0;
    for (let i = n - 1; i >= 0; i--) {
      const { length, mass, centre, inertia } = links[i];
      this.#moments[i] = mass * centre + length * carried;
      this.#coupling[i * n + i] = inertia + mass * centre * centre + length * length * carried;
      for (let j = i + 1; j < n; j++) {
        this.#coupling[i * n + j] = length * this.#moments[j];
        this.#coupling[j * n + i] = this.#coupling[i * n + j];
      }
      carried += mass;
    }
  }

  /** Moves on by `seconds` under constant joint torques in N m. */
  step(torques: Float64Array, seconds: number): void {
    const { angles, velocities } = this;
    const [v1, a1, v2, a2, v3, a3, v4, a4] = this.#slopes;
    const angle = this.#angleStage;
    const velocity = this.#velocityStage;
    const n = angles.length;
    v1.set(velocities);
    this.accelerations(angles, velocities, torques, a1);
    this.#stage(v1, a1, seconds / 2);
    v2.set(velocity);
    this.accelerations(angle, velocity, torques, a2);
    this.#stage(v2, a2, seconds / 2);
    v3.set(velocity);
    this.accelerations(angle, velocity, torques, a3);
    this.#stage(v3, a3, seconds);
    v4.set(velocity);
    this.accelerations(angle, velocity, torques, a4);
    for (let i = 0; i < n; i++) {
      angles[i] += (seconds / 6) * (v1[i] + 2 * v2[i] + 2 * v3[i] + v4[i]);
      velocities[i] += (seconds / 6) * (a1[i] + 2 * a2[i] + 2 * a3[i] + a4[i]);
    }
  }

  #stage(velocity: Float64Array, acceleration: Float64Array, seconds: number): void {
    for (let i = 0; i < velocity.length; i++) {
      this.#angleStage[i] = this.angles[i] + seconds * velocity[i];
      this.#velocityStage[i] = this.velocities[i] + seconds * acceleration[i];
    }
  }

  /** Writes the joint accelerations in a state under joint torques. */
  accelerations(angles: Float64Array, velocities: Float64Array, torques: Float64Array, out: Float64Array): void {
    const n = out.length;
    const force = this.#force;
    this.#bias(angles, velocities, force);
    for (let i = 0; i < n; i++) out[i] = torques[i] - force[i];
    this.#jointMass(angles, this.#mass);
    solvePositive(this.#mass, out, n);
  }

  /**
   * Adds dLoss/dAngles, dLoss/dVelocities and dLoss/dTorques of a state, given dLoss/dAccelerations there.
   *
   * M(q) q'' = torques - c(q, q') gives with lambda = M^-1 dLoss/dq'', M being symmetric,
   *
   *     dLoss/dTorques = lambda,   dLoss/d(q, q') = -d/d(q, q') lambda . (M(q) q'' + c(q, q')) at constant lambda and q''
   *
   * @param accelerations as `accelerations` gave them
   */
  accelerationsBackward(
    angles: Float64Array,
    velocities: Float64Array,
    accelerations: Float64Array,
    dAccelerations: Float64Array,
    dAngles: Float64Array,
    dVelocities: Float64Array,
    dTorques: Float64Array,
  ): void {
    const n = angles.length;
    const lambda = this.#multiplier;
    lambda.set(dAccelerations);
    this.#jointMass(angles, this.#mass);
    solvePositive(this.#mass, lambda, n);

    const phi = this.#absolute;
    const speed = this.#absoluteVelocity;
    const alpha = this.#absoluteAcceleration;
    const weight = this.#absoluteMultiplier;
    runningSum(angles, phi);
    runningSum(velocities, speed);
    runningSum(accelerations, alpha);
    runningSum(lambda, weight);
    // A joint moves every link from its own on.
    let dAngle = 0;
    let dSpeed = 0;
    for (let i = n - 1; i >= 0; i--) {
      dAngle -= this.gravity * this.#moments[i] * Math.sin(phi[i]) * weight[i];
      for (let j = 0; j < n; j++) {
        const sine = this.#coupling[i * n + j] * Math.sin(phi[i] - phi[j]);
        const cosine = this.#coupling[i * n + j] * Math.cos(phi[i] - phi[j]);
        dAngle -= sine * (weight[i] * alpha[j] + weight[j] * alpha[i]);
        dAngle += cosine * (weight[i] * speed[j] * speed[j] - weight[j] * speed[i] * speed[i]);
        dSpeed -= 2 * speed[i] * weight[j] * sine;
      }
      dAngles[i] -= dAngle;
      dVelocities[i] -= dSpeed + this.links[i].damping * lambda[i];
      dTorques[i] += lambda[i];
    }
  }

  /** Writes the joint torques that give these joint accelerations in the state at hand. */
  inverseDynamics(accelerations: Float64Array, out: Float64Array): void {
    const n = out.length;
    this.#bias(this.angles, this.velocities, out);
    this.#jointMass(this.angles, this.#mass);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) out[i] += this.#mass[i * n + j] * accelerations[j];
    }
  }

  /** Writes the joint-space inertia, n x n, armature included. */
  massMatrix(out: Float64Array): void {
    this.#jointMass(this.angles, out);
  }

  /** Kinetic and potential, in J; the potential is 0 where all links lie along x. */
  energy(): number {
    const n = this.angles.length;
    this.#jointMass(this.angles, this.#mass);
    let energy = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) energy += 0.5 * this.velocities[i] * this.#mass[i * n + j] * this.velocities[j];
      energy += this.gravity * this.#moments[i] * Math.sin(this.#absolute[i]);
    }
    return energy;
  }

  updatePoints(): void {
    let angle = 0;
    for (let i = 0; i < this.angles.length; i++) {
      angle += this.angles[i];
      this.points[3 * i + 3] = this.points[3 * i] + this.links[i].length * Math.cos(angle);
      this.points[3 * i + 4] = this.points[3 * i + 1] + this.links[i].length * Math.sin(angle);
    }
  }

  /** Writes d tip / d joint angles, 3 x n row by row, for the points at hand. */
  tipJacobian(out: Float64Array): void {
    const n = this.angles.length;
    const { points } = this;
    for (let joint = 0; joint < n; joint++) {
      out[joint] = points[3 * joint + 1] - points[3 * n + 1];
      out[n + joint] = points[3 * n] - points[3 * joint];
      out[2 * n + joint] = 0;
    }
  }

  /** Damping, Coriolis, centrifugal and gravity torques of the joints. */
  #bias(angles: Float64Array, velocities: Float64Array, out: Float64Array): void {
    const n = angles.length;
    const phi = this.#absolute;
    const speed = this.#absoluteVelocity;
    runningSum(angles, phi);
    runningSum(velocities, speed);
    // A joint moves every link from its own on.
    let beyond = 0;
    for (let i = n - 1; i >= 0; i--) {
      beyond += this.gravity * this.#moments[i] * Math.cos(phi[i]);
      for (let j = 0; j < n; j++) {
        beyond += this.#coupling[i * n + j] * Math.sin(phi[i] - phi[j]) * speed[j] * speed[j];
      }
      out[i] = beyond + this.links[i].damping * velocities[i];
    }
  }

  #jointMass(angles: Float64Array, out: Float64Array): void {
    const n = angles.length;
    const phi = this.#absolute;
    runningSum(angles, phi);
    for (let i = n - 1; i >= 0; i--) {
      for (let j = n - 1; j >= 0; j--) {
        const right = j + 1 < n ? out[i * n + j + 1] : 0;
        const below = i + 1 < n ? out[(i + 1) * n + j] : 0;
        const both = i + 1 < n && j + 1 < n ? out[(i + 1) * n + j + 1] : 0;
        out[i * n + j] = this.#coupling[i * n + j] * Math.cos(phi[i] - phi[j]) + right + below - both;
      }
    }
    for (let i = 0; i < n; i++) out[i * n + i] += this.links[i].armature;
  }
}

function runningSum(values: Float64Array, out: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
    out[i] = sum;
  }
}
