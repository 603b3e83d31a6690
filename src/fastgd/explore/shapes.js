"use strict";
// The shapes of relief.js: a camera, turns, and meshes of triangles. It knows of no WebGL.
//
//   Shapes.camera({yaw, pitch, away}, aspect) -> the matrix that looks at the block from there
//   Shapes.rotation(axis, angle), Shapes.product(A, B)      4 x 4 matrices by columns
//   Shapes.unit(v)                                          v at length 1
//   Shapes.gridMesh(m, n, corner) -> {floats, indices}      corner(i, j) gives place, normal, colour
//   Shapes.ballMesh()  .ribbonMesh(points, width, at, colour)  .discMesh(a, b, radius, at)
//   Shapes.BASE, Shapes.STILL                               the block's lowest height; no turn
const Shapes = (() => {
  const BASE = -0.12, MIDDLE = 0.1;
  // ---- 4 x 4 matrices by columns
  const product = (A, B) => A.map((_, i) => [0, 1, 2, 3].reduce((sum, k) => sum + A[(i % 4) + 4 * k] * B[k + 4 * (i >> 2)], 0));
  const cross = (p, q) => [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
  const unit = (p) => { const n = Math.hypot(...p) || 1; return p.map((v) => v / n); };
  const dot = (p, q) => p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
  function camera({ yaw, pitch, away }, aspect) {
    const eye = [away * Math.cos(pitch) * Math.sin(yaw), -away * Math.cos(pitch) * Math.cos(yaw), away * Math.sin(pitch) + MIDDLE];
    const back = unit([eye[0], eye[1], eye[2] - MIDDLE]), right = unit(cross([0, 0, 1], back)), up = cross(back, right);
    const look = [0, 1, 2].flatMap((i) => [right[i], up[i], back[i], 0]).concat([-dot(right, eye), -dot(up, eye), -dot(back, eye), 1]);
    // narrow pictures see as much sideways as square ones
    const f = 2.2 * Math.min(1, aspect), near = 0.5, far = 12;
    const lens = [f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, (far + near) / (near - far), -1, 0, 0, (2 * far * near) / (near - far), 0];
    return product(lens, look);
  }
  // A turn by `angle` about a unit axis (Rodrigues)
  function rotation([x, y, z], angle) {
    const c = Math.cos(angle), s = Math.sin(angle), t = 1 - c;
    return [t * x * x + c, t * x * y + s * z, t * x * z - s * y, 0, t * x * y - s * z, t * y * y + c, t * y * z + s * x, 0,
      t * x * z + s * y, t * y * z - s * x, t * z * z + c, 0, 0, 0, 0, 1];
  }
  const STILL = rotation([0, 0, 1], 0);

  // ---- meshes: m by n quadrangles; corner(i, j) gives nine numbers: place, normal, colour
  function gridMesh(m, n, corner) {
    const floats = new Float32Array(9 * (m + 1) * (n + 1)), indices = new Uint16Array(6 * m * n);
    for (let i = 0; i <= m; i++)
      for (let j = 0; j <= n; j++) floats.set(corner(i, j), 9 * (i * (n + 1) + j));
    for (let i = 0, k = 0; i < m; i++)
      for (let j = 0; j < n; j++, k += 6) {
        const p = i * (n + 1) + j, q = p + n + 1;
        indices.set([p, p + 1, q + 1, p, q + 1, q], k);
      }
    return { floats, indices };
  }
  // In eight sectors of two colours, so that it is seen to roll
  const ballMesh = () => gridMesh(12, 32, (i, j) => {
    const polar = (Math.PI * i) / 12, round = (2 * Math.PI * j) / 32;
    const p = [Math.sin(polar) * Math.cos(round), Math.sin(polar) * Math.sin(round), Math.cos(polar)];
    return [...p, ...p, ...(Math.floor(j / 4) % 2 ? [0.16, 0.14, 0.1] : [1, 0.83, 0.29])];
  });
  // A band just above the ground along points no further apart than `step`
  function ribbonMesh(points, width, at, colour) {
    const step = 0.04, dense = points.slice(0, 1);
    for (let i = 1; i < points.length; i++) {
      const p = points[i - 1], q = points[i], n = Math.max(1, Math.ceil(Math.hypot(q.a - p.a, q.b - p.b) / step));
      for (let k = 1; k <= n; k++) dense.push({ a: p.a + (k / n) * (q.a - p.a), b: p.b + (k / n) * (q.b - p.b) });
    }
    return gridMesh(Math.max(0, dense.length - 1), 1, (i, side) => {
      const p = dense[Math.max(0, i - 1)] || { a: 0, b: 0 }, q = dense[Math.min(dense.length - 1, i + 1)] || p, here = dense[i] || p;
      const length = (Math.hypot(q.a - p.a, q.b - p.b) || 1) / (side ? width : -width);
      const a = here.a - (q.b - p.b) / length, b = here.b + (q.a - p.a) / length;
      return [a, b, at(a, b) + 0.012, -0.5, 0.35, 0.9, ...colour];
    });
  }
  // A shadow: black, its opacity in the first number of the colour
  const discMesh = (a, b, radius, at) => gridMesh(2, 20, (i, j) => {
    const x = a + (i / 2) * radius * Math.cos((2 * Math.PI * j) / 20), y = b + (i / 2) * radius * Math.sin((2 * Math.PI * j) / 20);
    return [x, y, at(x, y) + 0.008, 0, 0, 1, [0.5, 0.4, 0][i], 0, 0];
  });
  return { camera, rotation, product, unit, gridMesh, ballMesh, ribbonMesh, discMesh, BASE, STILL };
})();
