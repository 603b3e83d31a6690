// Draws the network of network.js, runs it on what is drawn, and shows its descent.
(() => {
  const { data, sizes, last, thetas, samples, layers, forward } = network;
  const at = (id) => document.getElementById(id);
  const SIDE = data.side, SVG = "http://www.w3.org/2000/svg", MOST_SHOWN = 32;

  // ---- state
  let epoch = thetas.length - 1, chosen = { layer: 1, neuron: 0 };
  let input = new Float64Array(SIDE * SIDE), activations;
  const ink = new Float64Array(SIDE * SIDE), pen = { x: SIDE / 2, y: SIDE / 2, down: false, shown: false };

  // ---- colours
  const plus = () => (at("safe").checked ? [255, 176, 0] : [59, 234, 59]);
  const minus = () => (at("safe").checked ? [79, 140, 255] : [255, 59, 59]);
  const VIRIDIS = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142],
    [31, 158, 137], [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37]];
  function viridis(t) {
    const x = Math.min(Math.max(t, 0), 1) * (VIRIDIS.length - 1), i = Math.min(Math.floor(x), VIRIDIS.length - 2);
    return VIRIDIS[i].map((c, k) => c + (x - i) * (VIRIDIS[i + 1][k] - c));
  }
  const rgb = (c) => `rgb(${c.map(Math.round).join(",")})`;
  function paint(canvas, width, height, colour) {
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d"), image = context.createImageData(width, height);
    for (let i = 0; i < width * height; i++) image.data.set([...colour(i), 255], 4 * i);
    context.putImageData(image, 0, 0);
    return context;
  }
  const grey = (pixels, top) => (i) => Array(3).fill((255 * pixels[i]) / top);
  // Half the width of a scale that holds all but a few outliers, to two digits.
  function limitOf(values) {
    const sorted = Array.from(values, Math.abs).sort((a, b) => a - b);
    return Number((sorted[Math.floor(0.995 * (sorted.length - 1))] || sorted.at(-1) || 1).toPrecision(2));
  }

  // ---- drawing: strokes on a grid, then centred and sized as the training digits are
  function stamp(x, y) {
    const RADIUS = SIDE / 18;
    for (let r = 0; r < SIDE; r++)
      for (let c = 0; c < SIDE; c++) {
        const v = RADIUS + 0.35 - Math.hypot(c + 0.5 - x, r + 0.5 - y);
        if (v > 0) ink[r * SIDE + c] = Math.max(ink[r * SIDE + c], Math.min(1, v));
      }
  }
  function stroke(x, y) {
    const n = Math.max(1, Math.ceil(4 * Math.hypot(x - pen.x, y - pen.y)));
    for (let i = 1; i <= n; i++) stamp(pen.x + ((x - pen.x) * i) / n, pen.y + ((y - pen.y) * i) / n);
    Object.assign(pen, { x, y });
  }
  function fitted() {
    let top = SIDE, bottom = -1, left = SIDE, right = -1, mass = 0, cx = 0, cy = 0;
    ink.forEach((v, i) => {
      if (v === 0) return;
      const r = Math.floor(i / SIDE), c = i % SIDE;
      top = Math.min(top, r); bottom = Math.max(bottom, r);
      left = Math.min(left, c); right = Math.max(right, c);
      mass += v; cx += v * (c + 0.5); cy += v * (r + 0.5);
    });
    const out = new Float64Array(SIDE * SIDE);
    if (mass === 0) return out;
    const BOX = (20 / 28) * SIDE;  // MNIST's digits fill 20 of 28 pixels, centred by mass
    const scale = Math.min(1.6, BOX / Math.max(bottom - top + 1, right - left + 1)), SUB = 3;
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let s = 0; s < SUB * SUB; s++) {
        const x = ((i % SIDE) + ((s % SUB) + 0.5) / SUB - SIDE / 2) / scale + cx / mass;
        const y = (Math.floor(i / SIDE) + (Math.floor(s / SUB) + 0.5) / SUB - SIDE / 2) / scale + cy / mass;
        if (x >= 0 && y >= 0 && x < SIDE && y < SIDE) sum += ink[Math.floor(y) * SIDE + Math.floor(x)];
      }
      out[i] = sum / (SUB * SUB);
    }
    return out;
  }
  function showInk() {
    const context = paint(at("ink"), SIDE, SIDE, grey(ink, 1));
    if (!pen.shown) return;
    context.fillStyle = pen.down ? "#ffd54a" : "#7aa5ff";
    context.fillRect(Math.floor(pen.x), Math.floor(pen.y), 1, 1);
  }
  function drawn() { showInk(); setInput(fitted()); }
  function clear() { ink.fill(0); drawn(); }
  function setInput(values) {
    input = Float64Array.from(values);
    paint(at("seen"), SIDE, SIDE, grey(input, 1));
    run();
  }
  const canvas = at("ink");
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  };
  let pointing = false;
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    pointing = true;
    pen.shown = false;
    [pen.x, pen.y] = place(event);
    stroke(pen.x, pen.y);
    drawn();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!pointing) return;
    const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    (events.length ? events : [event]).forEach((e) => stroke(...place(e)));
    drawn();
  });
  ["pointerup", "pointercancel"].forEach((name) => canvas.addEventListener(name, () => { pointing = false; }));
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const inside = (v) => Math.min(SIDE - 0.5, Math.max(0.5, v));
    pen.shown = true;
    if (step) {
      const to = [inside(pen.x + step[0]), inside(pen.y + step[1])];
      if (pen.down) stroke(...to); else [pen.x, pen.y] = to;
    } else if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) stamp(pen.x, pen.y);
    } else if (event.key === "Delete" || event.key === "Backspace") ink.fill(0);
    else return;
    event.preventDefault();
    drawn();
  });
  canvas.addEventListener("blur", () => { pen.shown = pen.down = false; showInk(); });
  at("clear").addEventListener("click", clear);
  samples.forEach((sample) => {
    const button = document.createElement("button"), small = document.createElement("canvas");
    button.type = "button";
    button.setAttribute("aria-label", `a ${sample.label}`);
    paint(small, SIDE, SIDE, grey(sample.pixels, 255));
    button.append(small);
    button.addEventListener("click", () => {
      sample.pixels.forEach((p, i) => { ink[i] = p / 255; });
      showInk();
      setInput(ink);
    });
    at("samples").append(button);
  });

  // ---- the neurons: columns where there is room, rows on a phone
  const svg = at("neurons");
  let circles, lines, names, narrow;
  function element(name, attributes) {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    return made;
  }
  function build() {
    narrow = svg.clientWidth < 480;
    const shown = sizes.slice(1).map((n) => Math.min(n, MOST_SHOWN));
    const tallest = Math.max(...shown), along = 640, gap = Math.min(narrow ? 40 : 34, 600 / tallest);
    const across = narrow ? 170 : Math.max(150, Math.min(230, 620 / (last + 0.6)));
    const width = narrow ? along : across * (last - 1) + 190, height = narrow ? across * (last - 1) + 110 : tallest * gap + 30;
    // On a phone every other neuron stands lower, so that a finger can tell them apart.
    const radius = (narrow ? 0.55 : 0.42) * gap, lower = (l, j) => (narrow && shown[l] > 10 ? (j % 2) * 1.1 * gap : 0);
    const pitch = (l) => (narrow ? Math.min(56, 600 / shown[l]) : gap);
    const spot = (l, j) => {
      const a = (narrow ? width : height) / 2 + (j - (shown[l] - 1) / 2) * pitch(l), b = (narrow ? 34 : 60) + l * across + lower(l, j);
      return narrow ? [a, b] : [b, a];
    };
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    lines = []; circles = []; names = [];
    for (let l = 1; l < shown.length; l++)
      for (let j = 0; j < shown[l]; j++)
        for (let k = 0; k < shown[l - 1]; k++) {
          const [x1, y1] = spot(l - 1, k), [x2, y2] = spot(l, j);
          const line = element("line", { x1, y1, x2, y2 });
          lines.push({ line, layer: l + 1, neuron: j, from: k });
          svg.append(line);
        }
    shown.forEach((n, l) => {
      for (let j = 0; j < n; j++) {
        const [cx, cy] = spot(l, j);
        const circle = element("circle", { cx, cy, r: radius, tabindex: 0, role: "button" });
        const choose = () => { chosen = { layer: l + 1, neuron: j }; showWeights(); showLines(); };
        circle.addEventListener("click", choose);
        circle.addEventListener("keydown", (event) => {
          if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); }
        });
        circles.push({ circle, layer: l + 1, neuron: j });
        svg.append(circle);
        if (l !== last - 1) continue;
        const name = narrow ? element("text", { x: cx, y: cy + radius + 24, "text-anchor": "middle" })
          : element("text", { x: cx + radius + 10, y: cy + 5 });
        if (narrow) name.style.fontSize = "22px";
        names.push(name);
        svg.append(name);
      }
      if (n < sizes[l + 1]) {
        const [x, y] = spot(l, n - 1), more = element("text", { x: x - 20, y: y + 22 });
        more.textContent = `and ${sizes[l + 1] - n} more`;
        svg.append(more);
      }
    });
  }
  function showLines() {
    const theta = thetas[epoch], up = rgb(plus()), down = rgb(minus());
    const limits = layers.map((layer, l) => (l ? limitOf(theta.subarray(layer.weights, layer.biases)) : 1));
    lines.forEach(({ line, layer, neuron, from }) => {
      const w = theta[layers[layer - 1].weights + neuron * sizes[layer - 1] + from];
      const touched = (chosen.layer === layer && chosen.neuron === neuron) || (chosen.layer === layer - 1 && chosen.neuron === from);
      line.setAttribute("stroke", w > 0 ? up : down);
      line.setAttribute("stroke-opacity", Math.min(1, Math.abs(w) / limits[layer - 1]) * (touched ? 1 : 0.45));
      line.setAttribute("stroke-width", touched ? 2.2 : 1);
    });
    circles.forEach(({ circle, layer, neuron }) =>
      circle.classList.toggle("chosen", layer === chosen.layer && neuron === chosen.neuron));
  }
  function run() {
    activations = forward(thetas[epoch], input);
    const output = activations[last], best = output.indexOf(Math.max(...output));
    circles.forEach(({ circle, layer, neuron }) => {
      const a = activations[layer][neuron], top = Math.max(1, ...activations[layer]);
      circle.setAttribute("fill", rgb(Array(3).fill(255 * Math.min(1, Math.max(0, a / top)))));
      circle.setAttribute("aria-label", `layer ${layer}, neuron ${neuron}: ${a.toFixed(2)}`);
    });
    names.forEach((name, j) => {
      name.textContent = narrow ? j : `${j}  ${output[j].toFixed(2)}`;
      name.classList.toggle("highest", j === best);
    });
    at("answer").textContent = `reads ${best} (${output[best].toFixed(2)})`;
    showNeuron();
  }

  // ---- one neuron's weights, black exactly 0
  function showWeights() {
    const { layer, neuron } = chosen, n = sizes[layer - 1], start = layers[layer - 1].weights;
    const all = thetas[epoch].subarray(start, layers[layer - 1].biases), limit = limitOf(all);
    const W = all.subarray(neuron * n, (neuron + 1) * n), side = Math.round(Math.sqrt(n));
    const columns = side * side === n ? side : n;
    paint(at("grid"), columns, n / columns, (i) =>
      (W[i] > 0 ? plus() : minus()).map((c) => c * Math.min(1, Math.abs(W[i]) / limit)));
    at("grid").style.aspectRatio = `${columns} / ${Math.max(1, n / columns)}`;
    at("grid").style.minHeight = columns === n ? "2rem" : "0";
    at("grid").setAttribute("aria-label", `weights of layer ${layer}, neuron ${neuron}`);
    at("grid").dataset.limit = limit;
    showNeuron();
  }
  function showNeuron() {
    const { layer, neuron } = chosen, limit = at("grid").dataset.limit;
    const [up, down] = at("safe").checked ? ["orange", "blue"] : ["green", "red"];
    at("neuron").textContent = `Layer ${layer}, neuron ${neuron}: activation ${activations[layer][neuron].toFixed(2)}, `
      + `bias ${thetas[epoch][layers[layer - 1].biases + neuron].toFixed(2)}. Full ${up} is ${limit} or more, `
      + `full ${down} -${limit} or less, black exactly 0.`;
  }

  // ---- the descent: snapshots of theta, and the point on the cost surface
  const surface = data.surface, slider = at("epoch");
  let ground, playing = null;
  const short = (x) => Number(x.toPrecision(3)).toString();
  function buildSurface() {
    const n = surface.side, costs = surface.costs, low = Math.min(...costs), high = Math.max(...costs);
    const log = low > 0, share = (c) => (log ? Math.log(c / low) / Math.log(high / low || 2) : (c - low) / (high - low || 1));
    ground = document.createElement("canvas");
    paint(ground, n, n, (i) => viridis(share(costs[(n - 1 - Math.floor(i / n)) * n + (i % n)])));
    const [from, to] = at("scale").querySelectorAll("span");
    from.textContent = `cost ${short(low)}`;
    to.textContent = `${short(high)}${log ? " (log)" : ""}`;
    paint(at("scale").querySelector("canvas"), 128, 1, (i) => viridis(i / 127));
  }
  function showSurface() {
    const canvas = at("surface"), size = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1)) || 300;
    canvas.width = canvas.height = size;
    const context = canvas.getContext("2d"), unit = size / 300;
    context.imageSmoothingQuality = "high";
    // A cost belongs to a pixel's centre: the outermost centres lie on the canvas's edges.
    const n = surface.side, pixel = size / (n - 1);
    context.drawImage(ground, -pixel / 2, -pixel / 2, n * pixel, n * pixel);
    const x = (i) => ((surface.a[i] + 1) / 2) * size, y = (i) => ((1 - surface.b[i]) / 2) * size;
    context.strokeStyle = "#ffffff";
    context.lineWidth = 1.5 * unit;
    context.beginPath();
    surface.a.forEach((_, i) => context.lineTo(x(i), y(i)));
    context.stroke();
    surface.a.forEach((_, i) => {
      context.beginPath();
      context.arc(x(i), y(i), (i === epoch ? 8 : 2.5) * unit, 0, 7);
      context.fillStyle = i === epoch ? "#ff5a4d" : "#ffffff";
      context.fill();
      if (i === epoch) context.stroke();
    });
    at("off-plane").textContent = `${surface.name} The point is ${short(surface.distances[epoch])} away from `
      + "this plane, so its own cost is not quite that of the ground below it.";
  }
  function showEpoch() {
    const when = data.epochs[epoch], name = when === 0 ? "Untrained" : `Epoch ${when}`;
    const facts = [name, `cost ${short(data.costs[epoch])}`];
    if (data.accuracies) facts.push(`reads ${(100 * data.accuracies[epoch]).toFixed(1)} % of unseen digits right`);
    at("where").textContent = facts.join(": ").replace(": reads", ", reads");
    slider.setAttribute("aria-valuetext", facts.join(", "));
    if (surface) showSurface();
  }
  function goTo(i) {
    epoch = i;
    slider.value = i;
    showEpoch(); showWeights(); showLines(); run();
  }
  function stop() { clearInterval(playing); playing = null; at("play").textContent = "Play"; }
  slider.max = thetas.length - 1;
  slider.addEventListener("input", () => { stop(); goTo(Number(slider.value)); });
  at("play").addEventListener("click", () => {
    if (playing) return stop();
    at("play").textContent = "Stop";
    goTo(epoch === thetas.length - 1 ? 0 : epoch);
    playing = setInterval(() => (epoch < thetas.length - 1 ? goTo(epoch + 1) : stop()), 400);
  });
  at("safe").addEventListener("change", () => { showLines(); showWeights(); });
  new ResizeObserver(() => {
    if (narrow !== svg.clientWidth < 480) { build(); showLines(); run(); }
    if (surface) showSurface();
  }).observe(svg);

  at("about").textContent = data.about;
  slider.parentElement.hidden = thetas.length < 2;
  ["surface", "scale", "off-plane"].forEach((id) => { at(id).hidden = !surface; });
  if (surface) buildSurface();
  build();
  activations = forward(thetas[epoch], input);
  showInk();
  if (samples.length) at("samples").querySelector("button").click(); else setInput(input);
  goTo(epoch);

  // For tests, and for the curious with a console.
  window.fastgd = { forward: (values, i = epoch) => forward(thetas[i], values), input: () => input, goTo, clear };
})();
