// What the page shows, in one place. Whoever changes it does so with `set`; each view says on which
// parts it depends, and is drawn once a frame at most, only when one of these has changed. Views that
// say how often they are drawn at most wait longer where the frame after them comes late.
const state = (() => {
  const now = {
    theta: network.thetaAt(network.nKept - 1),
    start: network.untrained,           // what movement is measured from
    at: { kept: network.nKept - 1 },    // or { step, epoch, cost, accuracy } of the live descent
    input: new Float64Array(network.side ** 2),
    source: { kind: "blank" },          // or ink, sample (index), noise (seed)
    chosen: { layer: 1, neuron: 0 },
    hovered: null,                      // a neuron the pointer is on
    step: 0,                            // of the story
    mode: "weights",                    // what lines show: weights or movement
    cost: false,                        // the bars show the wanted outputs
    average: false,                     // each image shows its own cost
    nudging: null,                      // the line { layer, neuron, from } that is on a slider
    running: false,                     // the live descent
    blank: true,
    history: [],                        // of the live descent
    safe: false,                        // orange and blue
    activations: null,
    surface: null,                      // "landscape" or "map", when it is there
    machine: null,                      // what trains, when it is ready
  };
  const views = [];
  let frame = 0, timer = 0;
  function view(names, show, every = 0) {
    views.push({ names, show, every, pause: every, due: true, last: -Infinity });
  }
  function set(changes) {
    Object.assign(now, changes);
    const names = Object.keys(changes);
    views.forEach((v) => { v.due ||= v.names.some((name) => names.includes(name)); });
    ask();
  }
  function ask() { frame ||= requestAnimationFrame(draw); }
  function draw(time) {
    frame = 0;
    let wait = Infinity;
    const timed = [];
    views.forEach((v) => {
      if (!v.due) return;
      const early = v.last + v.pause - time;
      if (early > 0) { wait = Math.min(wait, early); return; }
      v.due = false;
      v.last = time;
      v.show(now);
      if (v.every) timed.push(v);
    });
    if (timed.length) requestAnimationFrame((next) => {
      const late = next - time - 17;   // milliseconds; 17 is a frame
      timed.forEach((v) => { v.pause = Math.max(v.every, late < 20 ? 0 : Math.min(300, 3 * late)); });
    });
    clearTimeout(timer);
    if (wait < Infinity) timer = setTimeout(ask, wait);
  }
  // All that is due, at once, and what becomes due by it.
  function flush() {
    for (let pass = 0; pass < 3; pass++) {
      cancelAnimationFrame(frame);
      draw(Infinity);
      views.forEach((v) => { v.last = -Infinity; });
    }
  }
  const looked = () => now.hovered || now.chosen;
  view(["theta", "input"], () => { now.activations = network.forward(now.theta, now.input); });
  return { now, set, view, flush, looked };
})();
