/**
 * An arm of seven joints as MJCF, without meshes, so that it loads at once. Joint axes, offsets, ranges and torque
 * limits are those Franka Emika publishes for its Panda; the links are capsules that weigh about as much.
 *
 * @param extras what there is beside the arm: elements of the world, pairs of geometries that touch, and the positions of
 *   further joints in the neutral posture
 */
export const sevenJointArm = ({ world = '', contact = '', positions = '' } = {}) => `
<mujoco model="seven-joint arm">
  <compiler angle="radian" autolimits="true"/>
  <option timestep="0.004" integrator="implicitfast"/>
  <size memory="256K"/>
  <default>
    <joint type="hinge" axis="0 0 1" damping="1" armature="0.1"/>
    <geom type="capsule" contype="0" conaffinity="0"/>
  </default>
  <worldbody>
    <body name="link1" pos="0 0 0.333">
      <joint name="joint1" range="-2.8973 2.8973"/>
      <geom size="0.06" mass="4.9" fromto="0 0 -0.19 0 0 0"/>
      <body name="link2" euler="-1.5707963267948966 0 0">
        <joint name="joint2" range="-1.7628 1.7628"/>
        <geom size="0.06" mass="0.7" fromto="0 0 -0.06 0 0 0.06"/>
        <body name="link3" pos="0 -0.316 0" euler="1.5707963267948966 0 0">
          <joint name="joint3" range="-2.8973 2.8973"/>
          <geom size="0.055" mass="3.2" fromto="0 0 -0.2 0 0 0"/>
          <body name="link4" pos="0.0825 0 0" euler="1.5707963267948966 0 0">
            <joint name="joint4" range="-3.0718 -0.0698"/>
            <geom size="0.055" mass="3.6" fromto="-0.08 0.1 0 0 0 0"/>
            <body name="link5" pos="-0.0825 0.384 0" euler="-1.5707963267948966 0 0">
              <joint name="joint5" range="-2.8973 2.8973"/>
              <geom size="0.05" mass="1.2" fromto="0 0 -0.25 0 0.02 -0.05"/>
              <body name="link6" euler="1.5707963267948966 0 0">
                <joint name="joint6" range="-0.0175 3.7525"/>
                <geom size="0.05" mass="1.7" fromto="0 0 0 0.08 0 0"/>
                <body name="link7" pos="0.088 0 0" euler="1.5707963267948966 0 0">
                  <joint name="joint7" range="-2.8973 2.8973"/>
                  <geom size="0.04" mass="1.4" fromto="0 0 0 0 0 0.107"/>
                  <geom name="finger" size="0.012" mass="0.1" fromto="0 0 0.12 0 0 0.198"/>
                  <site name="tip" pos="0 0 0.21"/>
                </body>
              </body>
            </body>
          </body>
        </body>
      </body>
    </body>
    ${world}
  </worldbody>
  <contact>${contact}</contact>
  <actuator>
    ${[87, 87, 87, 87, 12, 12, 12]
      .map((limit, i) => `<motor joint="joint${i + 1}" ctrlrange="-${limit} ${limit}"/>`)
      .join('\n    ')}
  </actuator>
  <keyframe>
    <key name="neutral" qpos="0 0.41 0 -1.85 0 2.26 0.79 ${positions}"/>
  </keyframe>
</mujoco>`;
