// What is shown as a link: #step=4&neuron=1.5&ink=... after the page's address. A part that makes no
// sense is passed over.
const link = (() => {
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", SIDE = drawing.STEPS + 1;
  // Three letters a point, 18 bits: x, then y; a dot between strokes. Points that repeat are left out.
  function packed(strokes) {
    return strokes.map((stroke) => {
      let out = "", before = "";
      for (let i = 0; i < stroke.length; i += 2) {
        const bits = stroke[i] * SIDE + stroke[i + 1];
        const point = DIGITS[bits >> 12] + DIGITS[(bits >> 6) & 63] + DIGITS[bits & 63];
        if (point !== before) out += point;
        before = point;
      }
      return out;
    }).join(".");
  }
  function unpacked(text) {
    if (!/^([\w-]{3})+(\.([\w-]{3})+)*$/.test(text)) return null;
    return text.split(".").map((part) => part.match(/.../g).flatMap((point) => {
      const bits = Array.from(point).reduce((sum, c) => 64 * sum + DIGITS.indexOf(c), 0);
      return [Math.floor(bits / SIDE), bits % SIDE];
    }));
  }
  function made(now = state.now) {
    const { source, chosen, step, at: place } = now, parts = [`step=${step + 1}`, `neuron=${chosen.layer}.${chosen.neuron}`];
    if (place.kept !== undefined) parts.push(`kept=${place.kept}`);
    if (source.kind === "ink") parts.push(`ink=${packed(source.strokes)}`);
    if (source.kind === "sample") parts.push(`image=${source.index}`);
    if (source.kind === "noise") parts.push(`noise=${source.seed}`);
    if (source.kind === "blank") parts.push("blank=1");
    return `#${parts.join("&")}`;
  }
  // Whole numbers from 0 to below `end` only.
  const whole = (text, end) => (/^\d{1,9}$/.test(text ?? "") && Number(text) < end ? Number(text) : null);
  function restore(hash) {
    const parts = new URLSearchParams(hash.slice(1));
    const step = whole(parts.get("step"), story.length + 1);
    story.goTo(step ? step - 1 : 0);
    if (parts.size === 0) return;
    const kept = whole(parts.get("kept"), network.nKept);
    if (kept !== null && !state.now.running && kept !== state.now.at.kept) training.fromRecord(kept);
    const image = whole(parts.get("image"), network.samples.length), noise = whole(parts.get("noise"), 1e9);
    const strokes = unpacked(parts.get("ink") ?? "");
    if (strokes) drawing.draw(strokes);
    else if (image !== null) drawing.sample(image);
    else if (noise !== null) drawing.noise(noise);
    else if (parts.get("blank") === "1") drawing.clear();
    const [layer, neuron] = (parts.get("neuron") ?? "").split(".");
    const l = whole(layer, network.last + 1), j = l ? whole(neuron, layout.shown[l]) : null;
    if (j !== null) state.set({ chosen: { layer: l, neuron: j } });
  }
  let written = location.hash;
  function write() {
    if (state.now.running) return;
    written = made();
    if (location.hash !== written) history.replaceState(null, "", written);
  }
  window.addEventListener("hashchange", () => { if (location.hash !== written) restore(location.hash); });
  at("link").addEventListener("click", async () => {
    written = made();
    history.replaceState(null, "", written);
    const say = (text) => {
      at("said").textContent = text;
      setTimeout(() => { at("said").textContent = ""; }, 4000);
    };
    try {
      await navigator.clipboard.writeText(location.href);
      say("Link copied");
    } catch {
      say("The link is in the address bar");
    }
  });
  // begin() restores the address's link; from then on the address follows what is shown.
  function begin() {
    restore(location.hash);
    state.view(["source", "chosen", "step", "at"], write, 400);
  }
  return { begin, made };
})();
