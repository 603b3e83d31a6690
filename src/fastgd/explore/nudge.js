// One weight and one bias of one output, on sliders: the cost of the page's images as a function of
// one of them. It is the lesson's function of one number before it becomes one of thousands.
const nudge = (() => {
  const { sizes, layers, last, samples } = network, REACH = 6, POINTS = 41;
  const sliders = { weight: at("nudge-weight"), bias: at("nudge-bias") };
  let theta = null, places = null, moving = "weight", curve = null, before = null, from = 0, output = 0;

  // The activations before the last layer do not change: kept for every image.
  const costNow = () => before.reduce((sum, { a, label }) => {
    const layer = layers[last - 1], n = sizes[last - 1];
    let cost = 0;
    for (let j = 0; j < sizes[last]; j++) {
      let z = theta[layer.biases + j];
      for (let k = 0; k < n; k++) z += theta[layer.weights + j * n + k] * a[k];
      cost += (layer.f(z) - (j === label)) ** 2;
    }
    return sum + cost;
  }, 0) / before.length;
  function measure() {
    const i = places[moving], kept = theta[i];
    curve = Array.from({ length: POINTS }, (_, p) => {
      theta[i] = -REACH + (2 * REACH * p) / (POINTS - 1);
      return costNow();
    });
    theta[i] = kept;
  }
  function begin() {
    if (!samples.length) return;
    theta = state.now.theta.slice();
    before = samples.map(({ input, label }) => ({ a: network.forward(theta, input)[last - 1], label }));
    output = state.now.source.kind === "sample" ? samples[state.now.source.index].label : 0;
    // the source that is brightest on the average: its weight matters most
    let best = -Infinity;
    for (let k = 0; k < sizes[last - 1]; k++) {
      const sum = before.reduce((total, { a }) => total + a[k], 0);
      if (sum > best) { best = sum; from = k; }
    }
    places = { weight: layers[last - 1].weights + output * sizes[last - 1] + from, bias: layers[last - 1].biases + output };
    Object.entries(sliders).forEach(([name, slider]) => {
      Object.assign(slider, { min: -REACH, max: REACH });
      slider.value = theta[places[name]];
    });
    moving = "weight";
    measure();
    at("nudge").hidden = false;
    state.set({ nudging: { layer: last, neuron: output, from }, theta, chosen: { layer: last, neuron: output } });
    show();
  }
  function end() {
    at("nudge").hidden = true;
    theta = null;
    state.set({ nudging: null });
  }
  function show() {
    if (!theta) return;
    const { context, width, height } = colours.sharp(at("nudge-curve")), x = (v) => ((v + REACH) / (2 * REACH)) * (width - 12) + 6;
    const low = Math.min(...curve), high = Math.max(...curve), y = (c) => height - 34 - ((c - low) / (high - low || 1)) * (height - 52);
    context.strokeStyle = colours.theme("text");
    context.lineWidth = 2;
    context.beginPath();
    curve.forEach((c, p) => context.lineTo(x(-REACH + (2 * REACH * p) / (POINTS - 1)), y(c)));
    context.stroke();
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = colours.theme("quiet");
    context.textAlign = "left";
    context.fillText(`cost ${high.toFixed(2)}`, 0, 11);
    context.fillText(low.toFixed(2), 0, height - 16);
    [-REACH, 0, REACH].forEach((v) => {
      context.textAlign = v < 0 ? "left" : v > 0 ? "right" : "center";
      context.fillText(String(v).replace("-", "\u2212"), v ? (v < 0 ? 0 : width) : x(0), height - 1);
    });
    const cost = costNow();
    context.beginPath();
    context.arc(x(theta[places[moving]]), y(cost), 7, 0, 7);
    context.fillStyle = colours.GOLD;
    context.fill();
    context.lineWidth = 1.5;
    context.stroke();
    Object.keys(sliders).forEach((name) => { at(`nudge-${name}-value`).textContent = signedText(theta[places[name]]); });
    const says = `Output ${network.names[output] ?? output}, from neuron ${from}: cost of these ${samples.length} images ${cost.toFixed(3)}, `
      + `as this ${moving} goes from \u2212${REACH} to ${REACH}.`;
    at("nudge-says").textContent = says;
    at("nudge-curve").setAttribute("aria-label", `${says} Lowest ${low.toFixed(3)}.`);
  }
  Object.entries(sliders).forEach(([name, slider]) => slider.addEventListener("input", () => {
    theta = theta.slice();
    theta[places[name]] = Number(slider.value);
    moving = name;
    measure();
    state.set({ theta });
    show();
  }));
  state.view(["size"], show);
  return { begin, end };
})();
