// Puts the page in motion: sizes, panels of a phone, and the link that it was opened by.
(() => {
  const main = document.querySelector("main"), tabs = document.querySelectorAll("#tabs button");
  function open(panel) {
    main.dataset.panel = panel;
    tabs.forEach((tab) => { if (tab.dataset.panel === panel) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current"); });
    state.set({ size: true });
  }
  document.querySelectorAll("button[data-panel]").forEach((button) => button.addEventListener("click", () => open(button.dataset.panel)));
  open("story");
  at("safe").addEventListener("change", () => state.set({ safe: at("safe").checked }));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => state.set({ size: true }));

  function resize() {
    const before = board.placed(), placed = board.place(), { x, y, size } = placed.image;
    if (before && ["width", "height", "small"].every((name) => before[name] === placed[name])) return;
    neurons.build(placed);
    const room = placed.small ? x - 16 : Math.max(size, placed.of(1, 0).x - placed.of(1, 0).r - x - 10);
    Object.assign(at("answer").style, placed.small ? { left: "10px", top: `${y + 6}px` } : { left: `${x}px`, top: `${y + size + 10}px` }, { maxWidth: `${room}px` });
    state.set({ size: true });
  }
  new ResizeObserver(resize).observe(at("stage"));
  const observer = new ResizeObserver(() => state.set({ size: true }));
  ["terrain", "grid-frame", "curve", "nudge-curve"].forEach((id) => observer.observe(at(id)));
  resize();
  link.begin();
  state.flush();

  // For tests, and for the curious with a console.
  window.fastgd = {
    state: state.now, flush: state.flush, ready: training.ready, goTo: training.fromRecord, story: story.goTo, link: link.made,
    forward: (values, i = network.nKept - 1) => network.forward(network.thetaAt(i), Float64Array.from(values)),
    draw: drawing.draw, choose: (chosen) => state.set({ chosen }), show: state.set,
  };
})();
