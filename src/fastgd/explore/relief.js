"use strict";
// The cost surface as a landscape with a ball on it: hand-written WebGL; its words are a texture.
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
  const { camera, rotation, product, unit, gridMesh, ballMesh, ribbonMesh, discMesh, BASE, STILL } = Shapes;
  const HIGH = 0.75, RADIUS = 0.075, LEVELS = 14, FIRST = { yaw: -0.6, pitch: 0.72, away: 3.65 };
  const WALLS = ["south", "east", "north", "west"];
  const VERTEX = `#version 300 es
    in vec3 place; in vec3 normal; in vec3 colour;
    uniform mat4 view, model;
    out vec3 raw, tint, at;
    void main() {
      float light = max(0.0, dot(normalize(mat3(model) * normal), normalize(vec3(-0.5, 0.35, 0.9))));
      raw = colour; tint = colour * (0.62 + 0.46 * light); at = place;
      gl_Position = view * model * vec4(place, 1.0);
    }`;
  // kind: 0 plain, 1 ground with contours, 2 words, 3 shadow
  const FRAGMENT = `#version 300 es
    precision highp float;
    in vec3 raw, tint, at;
    uniform float kind; uniform vec3 heights; uniform sampler2D words;
    out vec4 colour;
    void main() {
      if (kind > 2.5) { colour = vec4(0.0, 0.0, 0.0, raw.r); return; }
      if (kind > 1.5) { colour = texture(words, at.xy * 0.5 + 0.5); return; }
      vec3 c = tint;
      if (kind > 0.5) {
        float level = at.z / heights.x * heights.y, edge = abs(fract(level - 0.5) - 0.5) / max(fwidth(level), 1e-4);
        c = mix(c, level < 0.6 * heights.y ? vec3(1.0) : vec3(0.0), 0.28 * (1.0 - smoothstep(0.2, 1.0, edge / heights.z)));
      }
      colour = vec4(c, 1.0);
    }`;

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

  // Two pictures with one depth: of what stands still, and the same with the ball before it.
  function pictures(gl, width, height) {
    const buffer = (format) => {
      const made = gl.createRenderbuffer();
      gl.bindRenderbuffer(gl.RENDERBUFFER, made);
      gl.renderbufferStorage(gl.RENDERBUFFER, format, width, height);
      return made;
    };
    const depth = buffer(gl.DEPTH_COMPONENT24);
    return [0, 1].map(() => {
      const colour = buffer(gl.RGBA8), made = gl.createFramebuffer();
      gl.bindFramebuffer(gl.FRAMEBUFFER, made);
      gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.RENDERBUFFER, colour);
      gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.RENDERBUFFER, depth);
      return made;
    });
  }

  function create(canvas, given) {
    // Without a graphics card the processor draws: less finely. Not every browser says so, but it is
    // slow: where a frame after a picture comes late, pictures get a sixth of the time at most.
    const plainly = { antialias: false, depth: false };
    const card = canvas.getContext("webgl2", { ...plainly, failIfMajorPerformanceCaveat: true });
    const gl = card || canvas.getContext("webgl2", plainly);
    if (!gl) return { ...Ground.create(canvas, given), flat: true, turn() {}, reset() {} };
    const sheet = document.createElement("canvas"), calm = matchMedia("(prefers-reduced-motion: reduce)");
    let surface, heights, grid, theme, view = { ...FIRST }, matrix, frame = null, before = 0, painted = -Infinity, pause = 0, fresh = false, stale = true;
    let target = null, at = null, rolled = STILL, trail = [], meshes, shader, uniforms, still, moving, stop = new AbortController();

    // At one pixel a CSS pixel it is drawn twice as large, and smoothed.
    const finer = () => (card ? 2 / View.sharpness() : 1), width = () => finer() * canvas.width, height = () => finer() * canvas.height;
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
      [still, moving] = pictures(gl, width(), height());
      gl.viewport(0, 0, width(), height());
      gl.enable(gl.BLEND);
      gl.cullFace(gl.FRONT);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);   // the words are premultiplied
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER].forEach((name) => gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST));
      [gl.UNPACK_FLIP_Y_WEBGL, gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL].forEach((name) => gl.pixelStorei(name, true));
      uniforms = Object.fromEntries(["view", "model", "kind", "heights", "words"].map((name) => [name, gl.getUniformLocation(shader, name)]));
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
      upload("words", gridMesh(1, 1, (i, j) => [2 * j - 1, 2 * i - 1, 0, 0, 0, 1, 0, 0, 0]));
      const points = path ? Array.from(path.a, (a, i) => ({ a, b: path.b[i] })) : [];
      upload("path", ribbonMesh(points, 0.008, bilinear, [0.95, 0.95, 0.97]));
      uploadTrail();
    }
    function drawMesh(name, model, kind) {
      gl.uniformMatrix4fv(uniforms.model, false, model);
      gl.uniform1f(uniforms.kind, kind);
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
      const share = calm.matches ? 1 : 1 - Math.exp(-milliseconds / 90);
      const da = (target.a - at.a) * share, db = (target.b - at.b) * share, far = Math.hypot(da, db);
      if (far > 0) rolled = product(rotation([-db / far, da / far, 0], far / RADIUS), rolled);
      at = { a: at.a + da, b: at.b + db };
      if (Math.hypot(target.a - at.a, target.b - at.b) < 1e-4) at = { ...target };
      Ground.trailed(trail, at, 200, 0.02);
      uploadTrail();
    }
    function ballModel() {
      const up = normalAt(at.a, at.b), model = rolled.map((v, i) => (i < 12 ? v * RADIUS : v));
      [at.a, at.b, bilinear(at.a, at.b)].forEach((v, i) => { model[12 + i] = v + RADIUS * up[i]; });
      return model;
    }
    function paintAll(now) {
      const moves = target && (at.a !== target.a || at.b !== target.b);
      if (moves) roll(before ? Math.min(100, now - before) : 16);
      before = moves ? now : 0;
      gl.useProgram(shader);
      if (stale) drawStill();
      copy(still, moving, width(), height());
      gl.bindFramebuffer(gl.FRAMEBUFFER, moving);
      gl.enable(gl.DEPTH_TEST);
      gl.depthMask(false);
      drawMesh("trail", STILL, 0);
      if (at) {
        upload("shadow", discMesh(at.a, at.b, 1.5 * RADIUS, bilinear));
        drawMesh("shadow", STILL, 3);
        gl.enable(gl.CULL_FACE);
        drawMesh("ball", ballModel(), 0);
        gl.disable(gl.CULL_FACE);
      }
      copy(moving, null, canvas.width, canvas.height);
      if (target && (at.a !== target.a || at.b !== target.b)) later(); else before = 0;
    }
    function drawStill() {
      stale = false;
      matrix = camera(view, canvas.width / canvas.height);
      gl.bindFramebuffer(gl.FRAMEBUFFER, still);
      gl.enable(gl.DEPTH_TEST);
      gl.depthMask(true);
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      gl.uniformMatrix4fv(uniforms.view, false, matrix);
      gl.uniform3f(uniforms.heights, HIGH, LEVELS, finer() * View.sharpness());
      drawMesh("ground", STILL, 1);
      [...WALLS, "path"].forEach((name) => drawMesh(name, STILL, 0));
      words();
      gl.disable(gl.DEPTH_TEST);
      gl.uniformMatrix4fv(uniforms.view, false, STILL);
      drawMesh("words", STILL, 2);
      gl.uniformMatrix4fv(uniforms.view, false, matrix);
    }
    // Where pictures are twice as large as the canvas, each pixel becomes the mean of four.
    function copy(from, to, w, h) {
      gl.bindFramebuffer(gl.READ_FRAMEBUFFER, from);
      gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, to);
      gl.blitFramebuffer(0, 0, width(), height(), 0, 0, w, h, gl.COLOR_BUFFER_BIT, to ? gl.NEAREST : gl.LINEAR);
    }
    function tick(now) {
      frame = null;
      const took = now - painted - 17;   // milliseconds; 17 is a frame
      if (fresh) pause = Math.max(card ? 0 : 60, took < 20 ? 0 : Math.min(500, 6 * took));
      fresh = false;
      if (now - painted < pause) return later();
      painted = now;
      fresh = true;
      paintAll(now);
    }
    const later = () => { frame ??= requestAnimationFrame(tick); };
    const seenAnew = () => { stale = true; later(); };
    function onScreen(a, b, z) {
      const [x, y, , w] = [0, 1, 2, 3].map((i) => matrix[i] * a + matrix[i + 4] * b + matrix[i + 8] * z + matrix[i + 12]);
      return [((x / w + 1) / 2) * canvas.width, ((1 - y / w) / 2) * canvas.height];
    }
    function words() {
      paintSigns(sheet, { surface, yaw: view.yaw, groundAt: bilinear, onScreen, heights, high: HIGH, base: BASE, theme });
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, sheet);
    }

    // ---- turning
    function turn(sideways, upwards) {
      view.yaw += sideways;
      view.pitch = Math.min(1.45, Math.max(0.15, view.pitch + upwards));
      seenAnew();
    }
    function nearer(factor) { view.away = Math.min(6, Math.max(2.4, view.away * factor)); seenAnew(); }
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
    listen(canvas, "webglcontextlost", (event) => event.preventDefault());
    listen(canvas, "webglcontextrestored", () => made.draw());

    const made = {
      flat: false, turn, reset() { view = { ...FIRST }; seenAnew(); },
      draw() {
        const scale = View.sharpness();
        canvas.width = sheet.width = Math.round(canvas.clientWidth * scale) || 300;
        canvas.height = sheet.height = Math.round(canvas.clientHeight * scale) || canvas.width;
        build();
        seenAnew();
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
