// The page of a table's network: set each input, see the answer and every neuron on the way.
// Inputs are shown as they stand; the network's own are (x - mean) / scale.
(() => {
  const { fields, mean, scale, rows, truths, kind, target } = network.data.table;
  const byId = (id) => document.getElementById(id);
  const made = (tag, text = "", name = "") =>
    Object.assign(document.createElement(tag), { textContent: text, className: name });
  const short = (x, digits = 4) => String(Number(x.toPrecision(digits)));
  const POINTS = 41, MOST_CELLS = 64;
  const names = network.names, trained = network.nKept - 1;
  let shown = 0, x = Float64Array.from(rows[0]);

  const theta = () => network.thetaAt(byId("random").checked ? 0 : trained);
  const outputsOf = (values) =>
    network.forward(theta(), Float64Array.from(values, (v, k) => (v - mean[k]) / scale[k]));
  // Of two classes that share one output, the second from one half on.
  const read = (outputs) => (outputs.length > 1 ? network.highest(outputs) : Number(outputs[0] > 0.5));
  const className = (i) => (names.length > 1 ? names[i] : network.data.table.classes[i]);

  // How an output goes as one field is moved through its range, all others held still.
  function response(field, j) {
    const there = Float64Array.from(x), found = [];
    for (let i = 0; i < POINTS; i++) {
      there[field.at] = field.low + ((field.high - field.low) * i) / (POINTS - 1);
      found.push(outputsOf(there).at(-1)[j]);
    }
    return found;
  }
  function drawResponse(canvas, field, values, low, high) {
    const ratio = Math.min(2, window.devicePixelRatio || 1), w = canvas.clientWidth, h = canvas.clientHeight;
    Object.assign(canvas, { width: w * ratio, height: h * ratio });
    const c = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
    c.scale(ratio, ratio);
    const right = (i) => 3 + ((w - 6) * i) / (POINTS - 1);
    const up = (v) => h - 4 - ((h - 8) * (v - low)) / (high - low || 1);
    c.strokeStyle = style.getPropertyValue("--control");
    const here = right(((x[field.at] - field.low) / (field.high - field.low || 1)) * (POINTS - 1));
    c.beginPath(); c.moveTo(here, 0); c.lineTo(here, h); c.stroke();
    c.strokeStyle = style.getPropertyValue("--accent");
    c.lineWidth = 2;
    c.beginPath();
    values.forEach((v, i) => c.lineTo(right(i), up(v)));
    c.stroke();
  }

  const controls = fields.map((field, f) => {
    const line = made("div", "", "field"), label = made("label", field.name);
    line.append(label);
    byId("inputs").append(line);
    if (field.categories) {
      const select = made("select");
      field.categories.forEach((text) => select.append(made("option", text)));
      select.addEventListener("change", () => {
        field.categories.forEach((_, k) => { x[field.at + k] = Number(k === select.selectedIndex); });
        show();
      });
      label.htmlFor = select.id = `input-${f}`;
      line.append(select);
      return () => {
        select.selectedIndex = field.categories.findIndex((_, k) => x[field.at + k] === 1);
      };
    }
    const slider = made("input"), number = made("input"), canvas = made("canvas");
    const step = (field.high - field.low) / 1000 || 1;
    Object.assign(slider, { type: "range", min: field.low, max: field.high, step: field.whole ? 1 : step });
    Object.assign(number, { type: "number", step: "any" });
    number.setAttribute("aria-label", `${field.name}, as a number`);
    canvas.setAttribute("aria-hidden", "true");
    const take = (text) => { if (text !== "" && isFinite(text)) { x[field.at] = Number(text); show(); } };
    slider.addEventListener("input", () => take(slider.value));
    number.addEventListener("change", () => take(number.value));
    label.htmlFor = slider.id = `input-${f}`;
    line.append(slider, number, canvas);
    return () => {
      slider.value = x[field.at];
      if (document.activeElement !== number) number.value = short(x[field.at]);
      return { canvas, field };
    };
  });

  function showOutputs(outputs) {
    const best = read(outputs), classes = kind === "classes";
    byId("said").textContent = classes
      ? className(best)
      : Array.from(outputs, (a, j) => `${names[j]}: ${short(a, 6)}`).join(", ");
    byId("outputs").replaceChildren(...(classes ? Array.from(outputs, (a, j) => {
      const line = made("div", "", `output${j === best && names.length > 1 ? " highest" : ""}`);
      const bar = made("div", "", "bar"), fill = made("i");
      fill.style.width = `${100 * Math.min(1, Math.max(0, a))}%`;
      bar.append(fill);
      line.append(made("span", names[j]), bar, made("span", a.toFixed(3), "value"));
      return line;
    }) : []));
    return outputs.length > 1 && classes ? best : 0;
  }
  function showLayers(activations) {
    byId("layers").replaceChildren(...activations.slice(1, -1).map((a, l) => {
      const part = made("div", "", "layer"), list = made("ul", "", "cells");
      const more = a.length > MOST_CELLS ? `, the first ${MOST_CELLS}` : "";
      part.append(made("span", `Hidden layer ${l + 1}: ${a.length} neurons${more}`, "hint"), list);
      Array.from(a.slice(0, MOST_CELLS), (v) => {
        const cell = made("li", v.toFixed(2)), t = Math.min(1, Math.abs(v));
        cell.style.background = `rgb(${255 * t} ${255 * t} ${255 * t})`;
        cell.style.color = t > 0.455 ? "#000" : "#fff";
        list.append(cell);
      });
      return part;
    }));
  }
  function show() {
    const activations = outputsOf(x), j = showOutputs(activations.at(-1));
    showLayers(activations);
    const drawn = controls.map((set) => set()).filter(Boolean);
    const values = drawn.map(({ field }) => response(field, j));
    const all = values.flat(), low = Math.min(...all), high = Math.max(...all);
    drawn.forEach(({ canvas, field }, i) => drawResponse(canvas, field, values[i], low, high));
    byId("respond").textContent = drawn.length
      ? `The lines: how ${names[j]} goes when one input alone is moved, all on one scale.` : "";
  }
  function take(i) {
    shown = (i + rows.length) % rows.length;
    x = Float64Array.from(rows[shown]);
    const truth = truths.length ? `; ${target}: ${truths[shown]}` : "";
    byId("which").textContent = `Example ${shown + 1} of ${rows.length}${truth}`;
    show();
  }
  byId("before").addEventListener("click", () => take(shown - 1));
  byId("after").addEventListener("click", () => take(shown + 1));
  byId("random").addEventListener("change", show);
  window.addEventListener("resize", show);
  take(0);
})();
