// The weights of all neurons of the first layer at once, each an image; one is chosen by a click.
(() => {
  const { sizes, layers, side, last } = network, canvas = at("grid"), GAP = 2, MOST = 100;
  const n = Math.min(sizes[1], MOST);
  let columns = 1, rows = 1;
  function arrange() {
    const { width, height } = colours.sizeOf(at("grid-frame"));
    // as large as n squares fit
    let best = 0;
    for (let c = 1; c <= n; c++) {
      const size = Math.min(width / c, height / Math.ceil(n / c));
      if (size > best + 0.5) { best = size; columns = c; }
    }
    rows = Math.ceil(n / columns);
    canvas.style.width = `${Math.floor(best) * columns}px`;
    canvas.style.height = `${Math.floor(best) * rows}px`;
  }
  function show(now) {
    if (!colours.sizeOf(at("grid-frame")).width) return;   // in a panel that is not open
    const all = board.valuesOf(now, 1), limit = colours.limitOf(all), step = side + GAP;
    const width = columns * step - GAP, height = rows * step - GAP;
    colours.paint(canvas, width, height, (out) => {
      for (let j = 0; j < n; j++) {
        const offset = 4 * (Math.floor(j / columns) * step * width + (j % columns) * step);
        colours.signed(out, all.subarray(j * sizes[0], (j + 1) * sizes[0]), limit, side, offset, 4 * width);
      }
    });
    const moved = now.mode === "movement", [up, down] = colours.names();
    const what = moved ? "Movement since the start" : "Weights";
    at("grids-title").textContent = `${moved ? "How far the weights have moved" : "Weights"} of ${n < sizes[1] ? `${n} of ${sizes[1]}` : `all ${n}`} ${last === 1 ? "outputs" : "neurons of layer 1"}`;
    at("grid-key").textContent = `Full ${up}: ${limit} or more; full ${down}: \u2212${limit} or less; black: 0.`;
    canvas.dataset.limit = limit;
    canvas.setAttribute("aria-label", `${what} of ${n} neurons, each as an image of ${side} by ${side}`);
    mark();
  }
  function mark() {
    const { layer, neuron } = state.looked(), box = at("grid-mark"), isHere = layer === 1 && neuron < n;
    box.hidden = !isHere;
    if (!isHere) return;
    const shown = colours.sizeOf(canvas), w = shown.width / (columns * (side + GAP) - GAP), h = shown.height / (rows * (side + GAP) - GAP);
    Object.assign(box.style, {
      left: `${canvas.offsetLeft + (neuron % columns) * (side + GAP) * w}px`, top: `${canvas.offsetTop + Math.floor(neuron / columns) * (side + GAP) * h}px`,
      width: `${side * w}px`, height: `${side * h}px`,
    });
  }
  function neuronAt(event) {
    const box = canvas.getBoundingClientRect();
    const j = Math.floor(((event.clientY - box.top) / box.height) * rows) * columns + Math.floor(((event.clientX - box.left) / box.width) * columns);
    return j >= 0 && j < n ? { layer: 1, neuron: j } : null;
  }
  canvas.addEventListener("click", (event) => { const chosen = neuronAt(event); if (chosen) state.set({ chosen }); });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse") state.set({ hovered: neuronAt(event) });
  });
  canvas.addEventListener("pointerleave", () => state.set({ hovered: null }));
  state.view(["size"], arrange);
  state.view(["theta", "mode", "safe", "size"], show, 150);
  state.view(["chosen", "hovered"], mark);
})();
