// One neuron, read: in the first layer pixel times weight, picture by picture; behind it the lines
// from the neurons that it listens to, by name.
const inspector = (() => {
  const { sizes, layers, side, last } = network;
  const SVG = "http://www.w3.org/2000/svg", MOST = 16, W = 280, ROW = 15;
  const symbols = { sigmoid: "\u03c3", tanh: "tanh", relu: "ReLU", identity: "" };

  function element(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function showPictures(now, neuron) {
    const row = layers[0].weights + neuron * sizes[0], W = now.theta.subarray(row, row + sizes[0]);
    const products = board.products(now, neuron);
    const limit = colours.limitOf(now.theta.subarray(layers[0].weights, layers[0].biases));
    const [up, down] = colours.names();
    colours.paint(at("pixels"), side, side, (out) => colours.grey(out, now.input));
    colours.paint(at("weights"), side, side, (out) => colours.signed(out, W, limit, side));
    colours.paint(at("product"), side, side, (out) => colours.signed(out, products, limit, side));
    at("weights").setAttribute("aria-label", `Its ${sizes[0]} weights: full ${up} is ${limit} or more, full ${down} \u2212${limit} or less, black 0`);
    const plus = products.reduce((sum, p) => sum + Math.max(0, p), 0), minus = products.reduce((sum, p) => sum + Math.min(0, p), 0);
    at("product").setAttribute("aria-label", `Each pixel times its weight: ${up} adds up to ${plus.toFixed(2)}, ${down} to ${minus.toFixed(2)}`);
    return plus + minus;
  }
  function showLines(now, layer, neuron) {
    const n = sizes[layer - 1], row = layers[layer - 1].weights + neuron * n, before = now.activations[layer - 1];
    const part = (k) => now.theta[row + k] * before[k];
    let from = Array.from({ length: n }, (_, k) => k);
    if (n > MOST) from = from.sort((p, q) => Math.abs(part(q)) - Math.abs(part(p))).slice(0, MOST).sort((p, q) => p - q);
    const limit = colours.limitOf(now.theta.subarray(layers[layer - 1].weights, layers[layer - 1].biases));
    const svg = at("incoming"), height = from.length * ROW + 18, middle = height / 2;
    svg.setAttribute("viewBox", `0 0 ${W} ${height}`);
    svg.replaceChildren();
    svg.append(element("text", { x: 2, y: 11, class: "head" }, "neuron"), element("text", { x: 118, y: 11, class: "head", "text-anchor": "end" }, "a \u00d7 w"));
    from.forEach((k, i) => {
      const y = 18 + (i + 0.5) * ROW, w = now.theta[row + k], strength = Math.min(1, Math.abs(w) / limit), v = Math.round(255 * Math.min(1, Math.max(0, before[k])));
      svg.append(
        element("line", { x1: 140, y1: y, x2: 250, y2: middle, stroke: colours.rgba(w > 0 ? colours.plus() : colours.minus(), Math.max(0.2, strength)), "stroke-width": (1 + 3 * strength).toFixed(1) }),
        element("circle", { cx: 134, cy: y, r: 5.5, fill: `rgb(${v},${v},${v})`, stroke: "#aab1bb" }),
        element("text", { x: 2, y: y + 4 }, k),
        element("text", { x: 118, y: y + 4, "text-anchor": "end" }, `${before[k].toFixed(2)} \u00d7 ${signedText(w)}`),
      );
    });
    const a = now.activations[layer][neuron], v = Math.round(255 * Math.min(1, Math.max(0, a)));
    svg.append(element("circle", { cx: 256, cy: middle, r: 13, fill: `rgb(${v},${v},${v})`, stroke: colours.GOLD, "stroke-width": 3 }));
    const told = from.map((k) => `from neuron ${k} ${now.theta[row + k].toFixed(2)}`).join(", ");
    svg.setAttribute("aria-label", `${n > MOST ? `The ${MOST} of ${n} weights that matter most now` : "Its weights"}: ${told}`);
    let sum = 0;
    for (let k = 0; k < n; k++) sum += part(k);
    return sum;
  }
  function show(now) {
    if (!colours.sizeOf(at("neuron")).width) return;   // in a panel that is not open
    const { layer, neuron } = state.looked(), first = layer === 1;
    at("neuron-name").textContent = neurons.nameOf(layer, neuron);
    at("neuron-steps").hidden = Boolean(now.nudging);
    at("products").hidden = !first || now.nudging;
    at("incoming").style.display = first || now.nudging ? "none" : "";
    if (now.nudging) { at("sum").textContent = ""; return; }
    const sum = first ? showPictures(now, neuron) : showLines(now, layer, neuron);
    const bias = now.theta[layers[layer - 1].biases + neuron], a = now.activations[layer][neuron], symbol = symbols[layers[layer - 1].name];
    const z = (sum + bias).toFixed(2).replace("-", "\u2212");
    at("sum").textContent = `Sum ${sum.toFixed(2).replace("-", "\u2212")}, bias ${signedText(bias)}: `
      + (symbol ? `${symbol}(${z}) = ${a.toFixed(2).replace("-", "\u2212")}.` : `${z}.`)
      + (!first && sizes[layer - 1] > MOST ? ` The ${MOST} of ${sizes[layer - 1]} that matter most now.` : "");
  }
  state.view(["theta", "input", "chosen", "hovered", "safe", "nudging", "size"], show, 150);

  // What the network answers, said
  state.view(["input", "theta"], (now) => {
    const output = now.activations[last], best = network.highest(output), name = network.names[best] ?? best;
    const said = now.blank ? "Blank: nothing is drawn" : `Reads ${name} (${output[best].toFixed(2)})`;
    if (at("answer").textContent !== said) at("answer").textContent = said;
    // While it learns, what it reads changes too often to be spoken.
    const live = now.running ? "off" : "polite";
    if (at("answer").getAttribute("aria-live") !== live) at("answer").setAttribute("aria-live", live);
  }, 100);
})();
