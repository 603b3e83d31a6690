// Draws the network on its board: the image joined to the first layer, neurons as bright as their
// activations, lines as strong as their weights, bars of the outputs.
const board = (() => {
  const { sizes, last, layers, side, names } = network;
  const canvas = at("board"), picture = document.createElement("canvas");
  const BINS = 7, MOST_RAYS = 40;
  let placed = null;

  function place() {
    const small = getComputedStyle(document.documentElement).getPropertyValue("--small").trim() === "1";
    const stage = at("stage");
    stage.style.minHeight = small ? `${Math.ceil(layout.needed(stage.clientWidth))}px` : "";
    placed = layout.place(stage.clientWidth, stage.clientHeight, small);
    return placed;
  }
  // What lines stand for: theta, or how far it has moved.
  const valueAt = (now, i) => (now.mode === "movement" ? now.theta[i] - now.start[i] : now.theta[i]);
  function valuesOf(now, layer) {
    const { weights, biases } = layers[layer - 1], out = now.theta.slice(weights, biases);
    if (now.mode === "movement") for (let i = 0; i < out.length; i++) out[i] -= now.start[weights + i];
    return out;
  }
  // (n_inputs,) what one neuron of the first layer gets from each pixel
  function products(now, neuron) {
    const row = layers[0].weights + neuron * sizes[0];
    return Float64Array.from(now.input, (x, k) => x * now.theta[row + k]);
  }

  function drawLines(context, now, looked) {
    const limits = layers.map((_, l) => (l ? colours.limitOf(valuesOf(now, l + 1)) : 1));
    const bins = Array.from({ length: 2 * (BINS + 1) }, () => []), touched = [];
    for (const line of layout.lines) {
      const { layer, neuron, from } = line;
      const w = valueAt(now, layers[layer - 1].weights + neuron * sizes[layer - 1] + from) / limits[layer - 1];
      if ((looked.layer === layer && looked.neuron === neuron) || (looked.layer === layer - 1 && looked.neuron === from)) touched.push([line, w]);
      else bins[Math.round(BINS * Math.min(1, Math.abs(w))) * 2 + (w > 0 ? 1 : 0)].push(line);
    }
    const stroke = ({ layer, neuron, from }) => {
      const a = placed.of(layer - 1, from), b = placed.of(layer, neuron);
      context.moveTo(a.x, a.y);
      context.lineTo(b.x, b.y);
    };
    // Of thousands of lines the strong ones are shown, and faintly.
    const faint = Math.min(1, Math.sqrt(600 / layout.lines.length)), weakest = faint < 1 ? 0.4 : 0.1;
    context.lineWidth = 1;
    bins.forEach((bin, i) => {
      const strength = Math.floor(i / 2) / BINS;
      if (!bin.length || strength < weakest) return;
      context.strokeStyle = colours.rgba(i % 2 ? colours.plus() : colours.minus(), 0.55 * strength * faint);
      context.beginPath();
      bin.forEach(stroke);
      context.stroke();
    });
    touched.forEach(([line, w]) => {
      const isNudged = now.nudging && line.layer === now.nudging.layer && line.neuron === now.nudging.neuron && line.from === now.nudging.from;
      context.strokeStyle = isNudged ? colours.GOLD : colours.rgba(w > 0 ? colours.plus() : colours.minus(), Math.max(0.15, Math.min(1, Math.abs(w))));
      context.lineWidth = isNudged ? 3.5 : 1 + 2 * Math.min(1, Math.abs(w));
      context.beginPath();
      stroke(line);
      context.stroke();
    });
  }

  // The image, and what joins it to the first layer: rays of the pixels that weigh most in one neuron.
  function drawImage(context, now, looked) {
    const { x, y, size } = placed.image, pixel = size / side, isFirst = looked.layer === 1;
    const by = isFirst ? products(now, looked.neuron) : null;
    const limit = isFirst ? Math.max(1e-9, ...by.map(Math.abs)) : 1;
    colours.paint(picture, side, side, (out) => (isFirst && !now.blank ? colours.signed(out, by, limit, side) : colours.grey(out, now.input)));
    context.imageSmoothingEnabled = false;
    const end = ({ x: nx, y: ny, r }) => (placed.small ? [nx, ny - r] : [nx - r, ny]);
    context.lineWidth = 1;
    context.strokeStyle = "rgba(150,156,166,0.28)";
    context.beginPath();
    for (let j = 0; j < layout.shown[1]; j++) {
      if (isFirst && j === looked.neuron) continue;
      const share = (j + 0.5) / layout.shown[1];
      if (placed.small) context.moveTo(x + size * share, y + size); else context.moveTo(x + size, y + size * share);
      context.lineTo(...end(placed.of(1, j)));
    }
    context.stroke();
    context.drawImage(picture, x, y, size, size);
    context.strokeStyle = "#6b727d";
    context.strokeRect(x - 0.5, y - 0.5, size + 1, size + 1);
    if (!isFirst) return;
    const order = Array.from(by.keys()).filter((k) => by[k] !== 0).sort((p, q) => Math.abs(by[q]) - Math.abs(by[p]));
    order.slice(0, MOST_RAYS).forEach((k) => {
      context.strokeStyle = colours.rgba(by[k] > 0 ? colours.plus() : colours.minus(), 0.12 + 0.6 * (Math.abs(by[k]) / limit));
      context.beginPath();
      context.moveTo(x + ((k % side) + 0.5) * pixel, y + (Math.floor(k / side) + 0.5) * pixel);
      context.lineTo(...end(placed.of(1, looked.neuron)));
      context.stroke();
    });
  }

  function drawNeurons(context, now, looked) {
    const tops = now.activations.map((a) => Math.max(1, ...a));
    for (const { layer, neuron, x, y, r } of placed.neurons) {
      const isLooked = layer === looked.layer && neuron === looked.neuron;
      const v = Math.round(255 * Math.min(1, Math.max(0, now.activations[layer][neuron] / tops[layer])));
      context.beginPath();
      context.arc(x, y, r, 0, 7);
      context.fillStyle = `rgb(${v},${v},${v})`;
      context.fill();
      context.lineWidth = isLooked ? 3 : 1;
      context.strokeStyle = isLooked ? colours.GOLD : "#aab1bb";
      context.stroke();
    }
    // The neurons that lines come from are named.
    if (looked.layer > 1 && !placed.small && layout.shown[looked.layer - 1] <= 32) {
      context.font = "11px system-ui, sans-serif";
      context.textAlign = "right";
      context.fillStyle = "#d4d8de";
      for (let k = 0; k < layout.shown[looked.layer - 1]; k++) {
        const { x, y, r } = placed.of(looked.layer - 1, k);
        context.fillText(k, x - r - 4, y + 4);
      }
    }
  }

  function drawBars(context, now) {
    const output = now.activations[last], best = network.highest(output), top = Math.max(1, ...output);
    const label = now.source.kind === "sample" ? network.samples[now.source.index].label : null;
    context.textBaseline = "middle";
    for (let j = 0; j < layout.shown[last]; j++) {
      const { x, y, r } = placed.of(last, j), left = x + r + 6, name = String(names[j] ?? j);
      context.font = `${j === best && !now.blank ? "700 " : ""}13px system-ui, sans-serif`;
      context.textAlign = "left";
      context.fillStyle = j === best && !now.blank ? "#ffffff" : "#aab1bb";
      if (!layout.isBarred) { if (layout.shown[last] <= 32) context.fillText(name, left, y); continue; }
      const text = name.length > 7 ? `${name.slice(0, 6)}\u2026` : name, wide = name.length > 1 ? 46 : 16;
      context.fillText(text, left, y);
      const from = left + wide - (placed.small ? 4 : 0), width = Math.max(8, placed.barWidth - wide + 16 - (placed.small ? 8 : 0));
      const share = Math.min(1, Math.max(0, output[j] / top));
      context.fillStyle = "#2b3038";
      context.fillRect(from, y - 5, width, 10);
      context.fillStyle = j === best && !now.blank ? "#ffffff" : "#aab1bb";
      context.fillRect(from, y - 5, width * share, 10);
      if (now.cost && label !== null) {
        const wanted = from + width * (j === label ? 1 : 0);
        context.fillStyle = colours.GOLD;
        context.fillRect(wanted - 1.5, y - 9, 3, 18);
      }
      if (placed.small) continue;
      const number = now.cost && label !== null ? (output[j] - (j === label)) ** 2 : output[j];
      context.fillStyle = now.cost && label !== null ? colours.GOLD : "#d4d8de";
      context.fillText(number.toFixed(2), from + width + 6, y);
    }
    context.textBaseline = "alphabetic";
  }

  function show(now) {
    const { context } = colours.sharp(canvas), looked = state.looked();
    if (!placed) return;
    drawImage(context, now, looked);
    drawLines(context, now, looked);
    drawNeurons(context, now, looked);
    drawBars(context, now);
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = "#aab1bb";
    placed.titles.forEach(({ x, y, text, align }) => {
      context.textAlign = align;
      context.fillText(text, x, y);
    });
    if (!placed.small && now.cost && now.source.kind === "sample") {
      context.textAlign = "right";
      context.fillStyle = colours.GOLD;
      context.fillText("(a \u2212 y)\u00b2", placed.width - 8, placed.of(last, 0).y - 22);
      const cost = network.cost(now.activations[last], network.samples[now.source.index].label);
      context.fillText(`cost ${cost.toFixed(2)}`, placed.width - 8, placed.height - 8);
    }
  }
  state.view(["theta", "input", "chosen", "hovered", "mode", "cost", "nudging", "safe", "size"], show, 30);
  return { place, products, valuesOf, placed: () => placed };
})();
