/**
 * The two-link arm of Gymnasium's `Reacher-v5` as MJCF: links of 0.1 m, the fingertip 0.11 m down the second one, and
 * a target on two slides. Numbers are those of its `reacher.xml`; what only its pictures need is left out.
 */
export const reacherModel = `
<mujoco model="reacher">
  <compiler angle="radian" inertiafromgeom="true"/>
  <option timestep="0.01" gravity="0 0 -9.81" integrator="RK4"/>
  <size memory="64K"/>
  <default>
    <geom contype="0" conaffinity="1" friction="1 0.1 0.1"/>
    <joint armature="1" damping="1" limited="true"/>
  </default>
  <worldbody>
    <body name="upper" pos="0 0 0.01">
      <joint name="shoulder" type="hinge" axis="0 0 1" limited="false"/>
      <geom type="capsule" size="0.01" fromto="0 0 0 0.1 0 0"/>
      <body name="lower" pos="0.1 0 0">
        <joint name="elbow" type="hinge" axis="0 0 1" range="-3 3"/>
        <geom type="capsule" size="0.01" fromto="0 0 0 0.1 0 0"/>
        <body name="fingertip" pos="0.11 0 0">
          <geom type="sphere" size="0.01"/>
          <site name="tip"/>
        </body>
      </body>
    </body>
    <body name="target" pos="0.1 -0.1 0.01">
      <joint name="target_x" type="slide" axis="1 0 0" range="-0.27 0.27" ref="0.1" armature="0" damping="0"/>
      <joint name="target_y" type="slide" axis="0 1 0" range="-0.27 0.27" ref="-0.1" armature="0" damping="0"/>
      <geom type="sphere" size="0.009" conaffinity="0"/>
    </body>
  </worldbody>
  <actuator>
    <motor joint="shoulder" gear="200" ctrllimited="true" ctrlrange="-1 1"/>
    <motor joint="elbow" gear="200" ctrllimited="true" ctrlrange="-1 1"/>
  </actuator>
</mujoco>`;
