// Colours of numbers, and small pictures made of them.
const colours = (() => {
  const PLUS = [59, 234, 59], MINUS = [255, 59, 59];  // the lesson's; 0 is black
  const SAFE_PLUS = [255, 176, 0], SAFE_MINUS = [79, 140, 255];
  const plus = () => (state.now.safe ? SAFE_PLUS : PLUS);
  const minus = () => (state.now.safe ? SAFE_MINUS : MINUS);
  const names = () => (state.now.safe ? ["orange", "blue"] : ["green", "red"]);
  const rgba = (c, alpha = 1) => `rgba(${c[0]},${c[1]},${c[2]},${alpha})`;
  // Half the width of a scale: three times the root mean square, to two digits.
  function limitOf(values) {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
    return Number((3 * Math.sqrt(sum / values.length) || 1).toPrecision(2));
  }
  // Writes signed values into RGBA bytes from `offset`, `columns` a row, rows `stride` bytes apart.
  function signed(out, values, limit, columns, offset = 0, stride = 4 * columns) {
    const up = plus(), down = minus();
    for (let i = 0; i < values.length; i++) {
      const c = values[i] > 0 ? up : down, t = Math.min(1, Math.abs(values[i]) / limit);
      const o = offset + Math.floor(i / columns) * stride + 4 * (i % columns);
      out[o] = c[0] * t; out[o + 1] = c[1] * t; out[o + 2] = c[2] * t; out[o + 3] = 255;
    }
  }
  function grey(out, values) {
    for (let i = 0; i < values.length; i++) {
      out[4 * i] = out[4 * i + 1] = out[4 * i + 2] = 255 * Math.min(1, Math.max(0, values[i]));
      out[4 * i + 3] = 255;
    }
  }
  // The canvases change often and are small: their pixels stay in the processor's memory.
  const KEPT = { willReadFrequently: true };
  // Fills a canvas of one pixel a value; `write` puts RGBA bytes.
  function paint(canvas, width, height, write) {
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d", KEPT), image = context.createImageData(width, height);
    write(image.data);
    context.putImageData(image, 0, 0);
  }
  // Sizes in CSS pixels, asked for once: to ask makes the browser lay the page out.
  let sizes = new WeakMap();
  function sizeOf(canvas) {
    if (!sizes.has(canvas)) sizes.set(canvas, { width: canvas.clientWidth, height: canvas.clientHeight });
    return sizes.get(canvas);
  }
  state.view(["size"], () => { sizes = new WeakMap(); });
  // A canvas as many device pixels wide as it is shown, wiped; units are CSS pixels.
  function sharp(canvas) {
    const ratio = View.sharpness(), { width, height } = sizeOf(canvas);
    const w = Math.round(width * ratio), h = Math.round(height * ratio);
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    const context = canvas.getContext("2d", KEPT);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return { context, width, height };
  }
  // The style sheet's colours, for drawings on the page's own ground.
  let themed = {};
  state.view(["size"], () => { themed = {}; });
  const theme = (name) => (themed[name] ??= getComputedStyle(document.documentElement).getPropertyValue(`--${name}`));
  const GOLD = "#ffd54a";
  return { plus, minus, names, rgba, limitOf, signed, grey, paint, sharp, sizeOf, theme, GOLD };
})();
const at = (id) => document.getElementById(id);
const short = (x) => Number(x.toPrecision(3)).toString();
const signedText = (x) => (x < 0 ? "\u2212" : "+") + Math.abs(x).toFixed(2);
// 13,002 (by toLocaleString the first would take a tenth of a second)
const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
