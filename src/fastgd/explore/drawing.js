// The drawing pad: strokes by mouse, finger or keys, images to try, noise. What is drawn becomes the
// network's input by the rule of ink.js.
const drawing = (() => {
  const { side, samples, names } = network, READ = 2 * side, SHOWN = 12 * side, STEPS = 511;
  const pad = at("ink");
  // What is drawn is drawn twice: small to be read, large to be seen.
  const [read, seen] = [[document.createElement("canvas"), READ], [pad, SHOWN]].map(([canvas, size]) => {
    canvas.width = canvas.height = size;
    return { size, context: canvas.getContext("2d", { willReadFrequently: true }) };
  });
  // Strokes are lists of x, y, x, y, whole numbers from 0 to STEPS: a link holds them as they are. A
  // stroke of one point is a dot.
  let strokes = [];
  const pen = { x: 0.5, y: 0.5, down: false, shown: false };

  // One line of a stroke, from the point before the last to the last.
  function lay(stroke, i) {
    const from = Math.max(0, i - 2);
    [read, seen].forEach(({ size, context }) => {
      Object.assign(context, { strokeStyle: "#fff", lineWidth: size / 12, lineCap: "round", lineJoin: "round" });
      context.beginPath();
      const unit = size / STEPS;
      context.moveTo(stroke[from] * unit, stroke[from + 1] * unit);
      context.lineTo(stroke[i] * unit + (i === 0 ? 0.01 : 0), stroke[i + 1] * unit);
      context.stroke();
    });
  }
  function wipe() {
    [read, seen].forEach(({ size, context }) => {
      context.fillStyle = "#000";
      context.fillRect(0, 0, size, size);
    });
  }
  function look() {
    const { data } = read.context.getImageData(0, 0, READ, READ), grey = new Uint8Array(READ * READ);
    for (let i = 0; i < grey.length; i++) grey[i] = data[4 * i];
    const found = strokes.length ? ink.digitInputs(grey, READ, READ, 1, side) : null;
    const input = found ? Float64Array.from(found, (p) => p / 255) : new Float64Array(side * side);
    give(input, found ? { kind: "ink", strokes } : { kind: "blank" });
  }
  function give(input, source) {
    state.set({ input, source, blank: source.kind === "blank" });
  }
  function begin(x, y) {
    if (state.now.source.kind !== "ink") { strokes = []; wipe(); }
    strokes.push([Math.round(STEPS * x), Math.round(STEPS * y)]);
    lay(strokes.at(-1), 0);
  }
  function extend(x, y) {
    const stroke = strokes.at(-1);
    stroke.push(Math.round(STEPS * x), Math.round(STEPS * y));
    lay(stroke, stroke.length - 2);
  }
  function clear() { strokes = []; wipe(); look(); }
  function draw(given) {
    strokes = given.map((stroke) => [...stroke]);
    wipe();
    strokes.forEach((stroke) => { for (let i = 0; i < stroke.length; i += 2) lay(stroke, i); });
    look();
  }
  // An image as it is: the pad shows its pixels.
  function put(input, source) {
    strokes = [];
    const picture = document.createElement("canvas");
    colours.paint(picture, side, side, (out) => colours.grey(out, input));
    seen.context.imageSmoothingEnabled = false;
    seen.context.drawImage(picture, 0, 0, SHOWN, SHOWN);
    give(input, source);
  }
  const sample = (index) => put(samples[index].input, { kind: "sample", index });
  // Every pixel from 0 to 1 with the same chance; the same from the same seed.
  function noiseOf(seed) {
    const random = Kernel.random(seed);
    return Float64Array.from({ length: side * side }, () => Math.floor(256 * random()) / 255);
  }
  const noise = (seed) => put(noiseOf(seed), { kind: "noise", seed });
  // Of some noise, that which the network is surest of.
  function surestNoise(theta) {
    let best = 0, most = -Infinity;
    for (let seed = 1; seed <= 300; seed++) {
      const outputs = network.forward(theta, noiseOf(seed))[network.last];
      const [first, second] = Array.from(outputs).sort((a, b) => b - a);
      const sure = first - Math.max(0, second ?? 0);
      if (sure > most) { most = sure; best = seed; }
    }
    return best;
  }

  // ---- pointers
  let pointer = null;
  const placeOf = (event) => {
    const box = pad.getBoundingClientRect(), inside = (v) => Math.min(1, Math.max(0, v));
    return [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
  };
  pad.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button > 0) return;
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    pen.shown = false;
    showPen();
    begin(...placeOf(event));
    look();
  });
  pad.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    (events.length ? events : [event]).forEach((e) => extend(...placeOf(e)));
    state.set({ unread: true });
  });
  ["pointerup", "pointercancel"].forEach((name) => pad.addEventListener(name, (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    look();
  }));
  // The pen is seen at once; what it draws is read a little later, and once for many events.
  state.view(["unread"], (now) => { if (now.unread) { now.unread = false; look(); } }, 90);

  // ---- keys
  pad.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const inside = (v) => Math.min(1 - 0.5 / side, Math.max(0.5 / side, v));
    if (step) {
      [pen.x, pen.y] = [inside(pen.x + step[0] / side), inside(pen.y + step[1] / side)];
      if (pen.down) extend(pen.x, pen.y);
    } else if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) begin(pen.x, pen.y);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      pen.down = false;
      strokes = [];
      wipe();
    } else return;
    event.preventDefault();
    pen.shown = true;
    showPen();
    if (pen.down || !step) look();
  });
  pad.addEventListener("blur", () => { pen.shown = pen.down = false; showPen(); });
  function showPen() {
    const dot = at("pen");
    dot.hidden = !pen.shown;
    dot.classList.toggle("down", pen.down);
    Object.assign(dot.style, { left: `${100 * pen.x}%`, top: `${100 * pen.y}%` });
  }

  // ---- buttons
  at("clear").addEventListener("click", clear);
  at("noise").addEventListener("click", () => {
    const { source } = state.now;
    noise(source.kind === "noise" ? source.seed + 1 : 1);
  });
  const box = at("samples");
  const buttons = samples.map((one, index) => {
    const button = document.createElement("button"), small = document.createElement("canvas"), cost = document.createElement("span");
    button.type = "button";
    button.tabIndex = index ? -1 : 0;
    cost.className = "cost";
    cost.hidden = true;
    small.setAttribute("aria-hidden", "true");
    colours.paint(small, side, side, (out) => colours.grey(out, one.input));
    button.append(small, cost);
    button.addEventListener("click", () => sample(index));
    box.append(button);
    return { button, cost, one };
  });
  box.hidden = !samples.length;
  box.addEventListener("keydown", (event) => {
    const now = buttons.findIndex(({ button }) => button === document.activeElement);
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || !buttons[to]) return;
    event.preventDefault();
    buttons.forEach(({ button }, i) => { button.tabIndex = i === to ? 0 : -1; });
    buttons[to].button.focus();
  });
  state.view(["source"], ({ source }) => buttons.forEach(({ button }, i) =>
    button.setAttribute("aria-pressed", source.kind === "sample" && source.index === i)));
  // In the story's step of the average each image shows its own cost.
  state.view(["theta", "average"], (now) => buttons.forEach(({ button, cost, one }) => {
    const name = names[one.label] ?? one.label;
    cost.hidden = !now.average;
    const own = now.average ? network.cost(network.forward(now.theta, one.input)[network.last], one.label) : null;
    if (now.average) cost.textContent = own.toFixed(2);
    const label = now.average ? `a ${name}, cost ${own.toFixed(2)}` : `a ${name}`;
    if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
  }), 200);

  wipe();
  return { STEPS, clear, draw, sample, noise, surestNoise };
})();
