"use strict";
// The cost surface as a landscape with a ball on it: hand-written WebGL, and words in 2-D above it.
//
//   const relief = Relief.create(canvas, {side, costs, path, names})   as Ground.create's; where the
//     browser has no WebGL 2 it is Ground's map and relief.flat is true; turn and reset do nothing
//   relief.draw()  .show(surface)  .ball(a, b)  .clear()  .end()   as Ground's
//   relief.turn(sideways, upwards)          radians; what dragging does
//   relief.reset()                          the first view
// The canvas wants tabindex="0"; its keys: arrows turn, + and - come nearer and go away, Home resets.
// A finger turns it sideways and scrolls the page upwards and downwards. The ball rolls to where it
// is sent, on the ground all the way; with prefers-reduced-motion it is there at once.
const Relief = (() => {
  const HIGH = 0.75, BASE = -0.12, MIDDLE = 0.1, RADIUS = 0.075, LEVELS = 14, FIRST = { yaw: -0.6, pitch: 0.72, away: 3.65 };
  const WALLS = ["south", "east", "north", "west"];
  const VERTEX = `#version 300 es
    in vec3 place; in vec3 normal; in vec3 colour;
    uniform mat4 view, model;
    out vec3 toLight, tint, at;
    void main() {
      at = place; tint = colour; toLight = mat3(model) * normal;
      gl_Position = view * model * vec4(place, 1.0);
    }`;
  const FRAGMENT = `#version 300 es
    precision highp float;
    in vec3 toLight, tint, at;
    uniform float ground; uniform vec3 ball; uniform vec2 heights;
    out vec4 colour;
    void main() {
      float light = 0.62 + 0.46 * max(0.0, dot(normalize(toLight), normalize(vec3(-0.5, 0.35, 0.9))));
      vec3 c = tint * light;
      if (ground > 0.5) {
        float level = at.z / heights.x * heights.y, edge = abs(fract(level - 0.5) - 0.5) / max(fwidth(level), 1e-4);
        c = mix(c, level < 0.6 * heights.y ? vec3(1.0) : vec3(0.0), 0.28 * (1.0 - smoothstep(0.1, 1.0, edge)));
        c *= mix(1.0, smoothstep(0.2, 1.5, distance(at.xy, ball.xy) / ball.z), 0.55);
      }
      colour = vec4(c, 1.0);
    }`;

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
  const EYE = rotation([0, 0, 1], 0);

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
    const step = 0.03, dense = points.slice(0, 1);
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

  function program(gl) {
    const made = gl.createProgram();
    [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]].forEach(([kind, text]) => {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(made, shader);
    });
    ["place", "normal", "colour"].forEach((name, i) => gl.bindAttribLocation(made, i, name));
    gl.linkProgram(made);
    return made;
  }

  function create(canvas, given) {
    // Without a graphics card the processor draws: plainly, and some ten times a second.
    const drawn = document.createElement("canvas"), card = drawn.getContext("webgl2", { antialias: true, failIfMajorPerformanceCaveat: true });
    const gl = card || drawn.getContext("webgl2", { antialias: false }), pause = card ? 0 : 90;
    if (!gl) return { ...Ground.create(canvas, given), flat: true, turn() {}, reset() {} };
    const paint = canvas.getContext("2d"), still = matchMedia("(prefers-reduced-motion: reduce)");
    let surface, heights, grid, theme, view = { ...FIRST }, matrix, frame = null, before = 0, painted = -Infinity;
    let target = null, at = null, rolled = EYE, trail = [], meshes, shader, uniforms, stop = new AbortController();

    const bilinear = (a, b) => View.costAt({ side: surface.side, costs: grid }, a, b);
    function normalAt(a, b) {
      const d = 1 / (surface.side - 1);
      return unit([(bilinear(a - d, b) - bilinear(a + d, b)) / (2 * d), (bilinear(a, b - d) - bilinear(a, b + d)) / (2 * d), 1]);
    }
    function upload(name, { floats, indices }) {
      const mesh = (meshes[name] ??= { corners: gl.createBuffer(), order: gl.createBuffer() });
      mesh.n = indices.length;
      gl.bindBuffer(gl.ARRAY_BUFFER, mesh.corners);
      gl.bufferData(gl.ARRAY_BUFFER, floats, gl.DYNAMIC_DRAW);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, mesh.order);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, indices, gl.DYNAMIC_DRAW);
    }
    const uploadTrail = () => upload("trail", ribbonMesh(at ? [...trail, at] : [], 0.014, bilinear, [1, 0.62, 0.2]));
    function build() {
      meshes = {};
      shader = program(gl);
      gl.enable(gl.DEPTH_TEST);
      gl.viewport(0, 0, canvas.width, canvas.height);
      uniforms = Object.fromEntries(["view", "model", "ground", "ball", "heights"].map((name) => [name, gl.getUniformLocation(shader, name)]));
      heights = View.heights(surface.costs);
      theme = View.theme();
      grid = Array.from(surface.costs, (c) => HIGH * heights.of(c));
      const { side, path } = surface, wall = theme.dark ? [0.26, 0.29, 0.34] : [0.62, 0.66, 0.71];
      const x = (k) => (2 * k) / (side - 1) - 1, colourOf = (z) => View.viridis(z / HIGH).map((v) => v / 255);
      upload("ground", gridMesh(side - 1, side - 1, (i, j) => {
        const z = grid[i * side + j];
        return [x(j), x(i), z, ...normalAt(x(j), x(i)), ...colourOf(z)];
      }));
      // from the ground's edges down to its base
      [[0, -1], [1, 0], [0, 1], [-1, 0]].forEach(([nx, ny], k) => upload(WALLS[k], gridMesh(side - 1, 1, (i, top) => {
        const a = nx || x(i), b = ny || x(i), z = bilinear(a, b);
        return top ? [a, b, z, nx, ny, 0, ...colourOf(z).map((v) => 0.8 * v)] : [a, b, BASE, nx, ny, 0, ...wall];
      })));
      upload("ball", ballMesh());
      const points = path ? Array.from(path.a, (a, i) => ({ a, b: path.b[i] })) : [];
      upload("path", ribbonMesh(points, 0.008, bilinear, [0.95, 0.95, 0.97]));
      uploadTrail();
    }
    function drawMesh(name, model, ground) {
      gl.uniformMatrix4fv(uniforms.model, false, model);
      gl.uniform1f(uniforms.ground, ground);
      gl.bindBuffer(gl.ARRAY_BUFFER, meshes[name].corners);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, meshes[name].order);
      for (let i = 0; i < 3; i++) {
        gl.enableVertexAttribArray(i);
        gl.vertexAttribPointer(i, 3, gl.FLOAT, false, 36, 12 * i);
      }
      gl.drawElements(gl.TRIANGLES, meshes[name].n, gl.UNSIGNED_SHORT, 0);
    }
    // Towards where it was sent: two thirds of the way in a tenth of a second.
    function roll(milliseconds) {
      const share = still.matches ? 1 : 1 - Math.exp(-milliseconds / 90);
      const da = (target.a - at.a) * share, db = (target.b - at.b) * share, far = Math.hypot(da, db);
      if (far > 0) rolled = product(rotation([-db / far, da / far, 0], far / RADIUS), rolled);
      at = { a: at.a + da, b: at.b + db };
      if (Math.hypot(target.a - at.a, target.b - at.b) < 1e-4) at = { ...target };
      Ground.trailed(trail, at, 300, 0.01);
      uploadTrail();
    }
    function ballModel() {
      const up = normalAt(at.a, at.b), model = rolled.map((v, i) => (i < 12 ? v * RADIUS : v));
      [at.a, at.b, bilinear(at.a, at.b)].forEach((v, i) => { model[12 + i] = v + RADIUS * up[i]; });
      return model;
    }
    function paintAll(now) {
      const moves = target && (at.a !== target.a || at.b !== target.b);
      if (moves) roll(before ? Math.min(120, now - before) : 16);
      before = moves ? now : 0;
      const { width, height } = canvas;
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      gl.useProgram(shader);
      matrix = camera(view, width / height);
      gl.uniformMatrix4fv(uniforms.view, false, matrix);
      gl.uniform3f(uniforms.ball, at ? at.a : 9, at ? at.b : 9, RADIUS);
      gl.uniform2f(uniforms.heights, HIGH, LEVELS);
      drawMesh("ground", EYE, 1);
      [...WALLS, "path", "trail"].forEach((name) => drawMesh(name, EYE, 0));
      if (at) drawMesh("ball", ballModel(), 0);
      paint.clearRect(0, 0, width, height);
      paint.drawImage(drawn, 0, 0);
      words();
      if (target && (at.a !== target.a || at.b !== target.b)) later();
    }
    function tick(now) {
      frame = null;
      if (now - painted < pause) return later();
      painted = now;
      paintAll(now);
    }
    const later = () => { frame ??= requestAnimationFrame(tick); };
    function onScreen(a, b, z) {
      const [x, y, , w] = [0, 1, 2, 3].map((i) => matrix[i] * a + matrix[i + 4] * b + matrix[i + 8] * z + matrix[i + 12]);
      return [((x / w + 1) / 2) * canvas.width, ((1 - y / w) / 2) * canvas.height];
    }
    // Start and end; the axes at the edges nearest to the eye; lowest and highest cost at a corner.
    function words() {
      const scale = View.sharpness(), { text, quiet, ground } = theme, { path, names } = surface;
      function write(word, [x, y], colour, align) {
        const width = paint.measureText(word).width, margin = 3 * scale;
        const left = align === "left" ? x : align === "right" ? x - width : x - width / 2;
        const place = [word, Math.max(margin, Math.min(canvas.width - width - margin, left)), y];
        Object.assign(paint, { lineWidth: 3 * scale, strokeStyle: ground, fillStyle: colour });
        paint.strokeText(...place);
        paint.fillText(...place);
      }
      function pole(a, b, from, to, colour) {
        paint.beginPath();
        paint.moveTo(...onScreen(a, b, from));
        paint.lineTo(...onScreen(a, b, to));
        Object.assign(paint, { strokeStyle: colour, lineWidth: 1.5 * scale });
        paint.stroke();
      }
      Object.assign(paint, { lineJoin: "round", textBaseline: "middle", font: `600 ${12 * scale}px system-ui, sans-serif` });
      if (path) [["start", 0], ["end", path.a.length - 1]].forEach(([word, i]) => {
        const a = path.a[i], b = path.b[i], foot = bilinear(a, b), [x, y] = onScreen(a, b, foot + 0.2);
        pole(a, b, foot, foot + 0.2, text);
        write(word, [x, y - 8 * scale], text, "center");
      });
      if (!names) return;
      paint.font = `${11 * scale}px system-ui, sans-serif`;
      const nearA = Math.cos(view.yaw) > 0 ? -1 : 1, nearB = Math.sin(view.yaw) > 0 ? 1 : -1;
      [[names.a, 0, nearA * 1.05], [names.b, nearB * 1.05, 0]].forEach(([name, a, b]) => {
        const [x, y] = onScreen(a, b, BASE);
        write(name, [x, y + 12 * scale], quiet, x > canvas.width / 2 ? "left" : "right");
      });
      // at the outermost corner on the side that is further from the start's word
      const across = [[-1, -1], [1, -1], [1, 1], [-1, 1]].sort((p, q) => onScreen(...p, 0)[0] - onScreen(...q, 0)[0]);
      const onLeft = !path || onScreen(path.a[0], path.b[0], HIGH)[0] > canvas.width / 3;
      const [a, b] = across[onLeft ? 0 : 3], shift = (onLeft ? -6 : 6) * scale;
      pole(1.03 * a, 1.03 * b, 0, HIGH, quiet);
      [["cost ", heights.high, HIGH], ["", heights.low, 0]].forEach(([word, cost, z]) => {
        const [x, y] = onScreen(1.03 * a, 1.03 * b, z);
        write(word + Number(cost.toPrecision(2)), [x + shift, y], quiet, onLeft ? "right" : "left");
      });
    }

    // ---- turning
    function turn(sideways, upwards) {
      view.yaw += sideways;
      view.pitch = Math.min(1.45, Math.max(0.15, view.pitch + upwards));
      later();
    }
    function nearer(factor) { view.away = Math.min(6, Math.max(2.4, view.away * factor)); later(); }
    const listen = (to, name, act) => to.addEventListener(name, act, { signal: stop.signal });
    canvas.style.touchAction = "pan-y";
    let held = null;
    listen(canvas, "pointerdown", (event) => { held = event; canvas.setPointerCapture(event.pointerId); });
    listen(canvas, "pointermove", (event) => {
      if (!held) return;
      turn((held.clientX - event.clientX) * 0.01, event.pointerType === "touch" ? 0 : (event.clientY - held.clientY) * 0.01);
      held = event;
    });
    ["pointerup", "pointercancel"].forEach((name) => listen(canvas, name, () => { held = null; }));
    listen(canvas, "keydown", (event) => {
      const act = {
        ArrowLeft: () => turn(0.1, 0), ArrowRight: () => turn(-0.1, 0), ArrowUp: () => turn(0, 0.1), ArrowDown: () => turn(0, -0.1),
        "+": () => nearer(1 / 1.1), "=": () => nearer(1 / 1.1), "-": () => nearer(1.1), Home: made.reset,
      }[event.key];
      if (!act) return;
      event.preventDefault(); act();
    });
    listen(drawn, "webglcontextlost", (event) => event.preventDefault());
    listen(drawn, "webglcontextrestored", () => made.draw());

    const made = {
      flat: false, turn, reset() { view = { ...FIRST }; later(); },
      draw() {
        const scale = View.sharpness();
        canvas.width = drawn.width = Math.round(canvas.clientWidth * scale) || 300;
        canvas.height = drawn.height = Math.round(canvas.clientHeight * scale) || canvas.width;
        build();
        later();
      },
      show(other) { surface = other; trail = []; at = target = null; made.draw(); },
      ball(a, b) {
        const stands = Ground.standing(surface, a, b);
        target = { a: stands.a, b: stands.b };
        at ??= { ...target };
        later();
        return stands;
      },
      clear() { trail = []; at = target && { ...target }; uploadTrail(); later(); },
      end() { stop.abort(); cancelAnimationFrame(frame); gl.getExtension("WEBGL_lose_context")?.loseContext(); },
    };
    made.show(given);
    return made;
  }
  return { create };
})();
