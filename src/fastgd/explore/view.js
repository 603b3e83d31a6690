"use strict";
// What the pictures share: unpacking of what training_data.py packed, colours, the surface's scale.
//
//   View.bytes(base64) -> Uint8Array
//   View.floats(packed) -> Float32Array   {scale, numbers}: base64 of int16, times scale
//   View.unpacked(packed) -> Promise of {inputs, labels, targets, nTrain}, as Trainer takes them;
//     rejected where the browser cannot unpack (DecompressionStream: all since May 2023)
//   View.plane(packed) -> {center, u, v, side, costs, ...}: Trainer's plane, Ground's and Relief's costs
//   View.viridis(t) -> [r, g, b], t from 0 to 1
//   View.heights(costs) -> {low, high, log, of(cost)}: cost to 0..1, by its logarithm where all are > 0
//   View.costAt(surface, a, b) -> the cost there, bilinear; a and b are held within -1 and 1
//   View.theme() -> {dark, ground, text, quiet}: the page's colours now, its --panel, --text, --quiet
//   View.sharpness() -> pixels drawn a CSS pixel, 2 at most: a phone has three, which take long
const View = (() => {
  const VIRIDIS = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142],
    [31, 158, 137], [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37]];

  // By a loop: Uint8Array.from calls a function for each of a million bytes.
  function bytes(text) {
    const raw = atob(text), out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }
  function floats({ scale, numbers }) {
    const out = new Float32Array(new Int16Array(bytes(numbers).buffer));
    for (let i = 0; i < out.length; i++) out[i] *= scale;
    return out;
  }
  async function inflated(text) {
    const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }
  async function unpacked({ pixels, reals, labels, targets, n_train: nTrain }) {
    const inputs = pixels ? await inflated(pixels) : new Float32Array((await inflated(reals)).buffer);
    return {
      inputs, nTrain,
      labels: labels ? bytes(labels) : null,
      targets: targets ? new Float32Array(bytes(targets).buffer) : null,
    };
  }
  function plane({ center, u, v, costs, ...others }) {
    return {
      ...others, center: floats(center), u: floats(u), v: floats(v),
      costs: new Float32Array(bytes(costs).buffer),
    };
  }
  function viridis(t) {
    const x = Math.min(Math.max(t, 0), 1) * (VIRIDIS.length - 1), i = Math.min(Math.floor(x), VIRIDIS.length - 2);
    return VIRIDIS[i].map((c, k) => c + (x - i) * (VIRIDIS[i + 1][k] - c));
  }
  function heights(costs) {
    let low = Infinity, high = -Infinity;
    for (const c of costs) { low = Math.min(low, c); high = Math.max(high, c); }
    const log = low > 0, scale = log ? Math.log(high / low) : high - low;
    return { low, high, log, of: (c) => (scale ? (log ? Math.log(c / low) : c - low) / scale : 0) };
  }
  function costAt({ side, costs }, a, b) {
    const place = (x) => ((Math.min(1, Math.max(-1, x)) + 1) / 2) * (side - 1);
    const x = place(a), y = place(b), j = Math.min(side - 2, Math.floor(x)), i = Math.min(side - 2, Math.floor(y));
    const s = x - j, t = y - i, at = (di, dj) => costs[(i + di) * side + j + dj];
    return (1 - t) * ((1 - s) * at(0, 0) + s * at(0, 1)) + t * ((1 - s) * at(1, 0) + s * at(1, 1));
  }
  function theme() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches, style = getComputedStyle(document.documentElement);
    const of = (name, light, other) => style.getPropertyValue(name).trim() || (dark ? other : light);
    return {
      dark, ground: of("--panel", "#ffffff", "#101216"),
      text: of("--text", "#16181d", "#e9ebef"), quiet: of("--quiet", "#5d6570", "#9aa2ad"),
    };
  }
  const sharpness = () => Math.min(2, window.devicePixelRatio || 1);
  return { bytes, floats, unpacked, plane, viridis, heights, costAt, theme, sharpness };
})();
