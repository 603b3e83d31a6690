// The neurons as buttons over the board: one tab stop, arrow keys between them, hover and focus.
const neurons = (() => {
  const { last, names, sizes } = network, box = at("neurons");
  let buttons = [];
  const nameOf = (layer, neuron) => (layer === last
    ? `Output ${names[neuron] ?? neuron}` : `Layer ${layer}, neuron ${neuron}`);
  const find = ({ layer, neuron }) => buttons.find((b) => b.layer === layer && b.neuron === neuron);

  function build(placed) {
    const hadFocus = box.contains(document.activeElement);
    box.replaceChildren();
    buttons = placed.neurons.map(({ layer, neuron, cell: [w, h], corner: [left, top] }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.tabIndex = -1;
      Object.assign(button.style, { left: `${left}px`, top: `${top}px`, width: `${w}px`, height: `${h}px` });
      button.addEventListener("click", () => choose({ layer, neuron }));
      button.addEventListener("focus", () => choose({ layer, neuron }));
      button.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") state.set({ hovered: { layer, neuron } }); });
      button.addEventListener("pointerleave", () => state.set({ hovered: null }));
      box.append(button);
      return { button, layer, neuron };
    });
    mark(state.now);
    name(state.now);
    if (hadFocus) find(state.now.chosen).button.focus();
  }
  // What is chosen is looked at, wherever a resting mouse points.
  function choose(chosen) {
    const { layer, neuron } = state.now.chosen;
    if (state.now.hovered) state.set({ hovered: null });
    if (layer !== chosen.layer || neuron !== chosen.neuron) state.set({ chosen });
  }
  function mark(now) {
    buttons.forEach(({ button, layer, neuron }) => {
      const isChosen = layer === now.chosen.layer && neuron === now.chosen.neuron;
      if (button.tabIndex === (isChosen ? 0 : -1) && button.ariaPressed) return;
      button.tabIndex = isChosen ? 0 : -1;
      button.setAttribute("aria-pressed", isChosen);
    });
  }
  function name(now) {
    if (!now.activations) return;
    buttons.forEach(({ button, layer, neuron }) => {
      button.setAttribute("aria-label", `${nameOf(layer, neuron)}, activation ${now.activations[layer][neuron].toFixed(2)}`);
    });
  }
  // Along its layer, or to the neuron beside it in the next.
  function moved({ layer, neuron }, key) {
    const { small } = board.placed(), shown = layout.shown;
    const along = small ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"], across = small ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
    if (key === "Home") return { layer, neuron: 0 };
    if (key === "End") return { layer, neuron: shown[layer] - 1 };
    const by = along.indexOf(key) * 2 - 1;
    if (along.includes(key)) return { layer, neuron: Math.min(shown[layer] - 1, Math.max(0, neuron + by)) };
    if (!across.includes(key)) return null;
    const next = layer + across.indexOf(key) * 2 - 1;
    if (next < 1 || next > last) return { layer, neuron };
    return { layer: next, neuron: Math.floor(((neuron + 0.5) / shown[layer]) * shown[next]) };
  }
  box.addEventListener("keydown", (event) => {
    const to = event.ctrlKey || event.metaKey || event.altKey ? null : moved(state.now.chosen, event.key);
    if (!to) return;
    event.preventDefault();
    find(to).button.focus();
  });
  function beside(by) {
    let { layer, neuron } = state.now.chosen;
    neuron += by;
    if (neuron < 0) { layer = layer === 1 ? last : layer - 1; neuron = sizes[layer] - 1; }
    if (neuron >= sizes[layer]) { layer = layer === last ? 1 : layer + 1; neuron = 0; }
    choose({ layer, neuron: Math.min(neuron, layout.shown[layer] - 1) });
  }
  at("neuron-before").addEventListener("click", () => beside(-1));
  at("neuron-after").addEventListener("click", () => beside(1));
  state.view(["chosen"], mark);
  state.view(["theta", "input"], name, 400);
  return { build, nameOf };
})();
