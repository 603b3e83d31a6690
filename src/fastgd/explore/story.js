// The guided tour: each step's words, and how it sets up the page.
const story = (() => {
  const { data, sizes, last, names, nParameters, samples } = network;
  const P = grouped(nParameters);
  const thing = names.join() === "0,1,2,3,4,5,6,7,8,9" ? "digit" : "image";
  // A 3 where there is one: with its two open bows it is seldom right by chance.
  const hero = Math.max(0, samples.findIndex((s) => s.label === 3));
  const name = samples.length ? names[samples[hero].label] : "";
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const accuracy = data.accuracies ? data.accuracies.at(-1) : null;
  const outputs = (theta) => network.forward(theta, state.now.input)[last];
  const show = () => (samples.length ? drawing.sample(hero) : null);
  const neuron = (layer, j = 0) => ({ layer, neuron: j });
  const strongest = () => neuron(last, network.highest(outputs(state.now.theta)));

  const steps = [
    {
      title: "The mess", lit: "net",
      words: () => `Nobody has told this network anything. Its ${P} weights and biases are random numbers, so `
        + `${samples.length ? `a ${name}` : "whatever you draw"} comes out as a mess: every output a little on, none for a reason. How do numbers like these become numbers that read?`,
      set() { training.fromUntrained(); show(); state.set({ chosen: neuron(last) }); },
    },
    {
      title: "The cost of one example", lit: "net", needs: samples.length,
      words: () => `What should it have said? 1 at ${name}, 0 everywhere else: the gold marks. Take each output's distance from its mark, square it, and add the squares up: `
        + `${network.cost(outputs(network.untrained), samples[hero].label).toFixed(2)} for this image. Sure of nonsense costs much; right and sure costs almost nothing.`,
      set() { training.fromUntrained(); show(); state.set({ chosen: neuron(last, samples[hero].label), cost: true }); },
    },
    {
      title: "The average", lit: "drawing", needs: samples.length,
      words: () => `One image proves little. Each image here carries its own cost; the cost of the network is the average over all ${grouped(data.n_examples)} it trains on. `
        + `${P} settings go in, one number comes out. To learn means to make that number small, and nothing else.`,
      set() { training.fromUntrained(); show(); state.set({ chosen: neuron(last, samples[hero].label), cost: true, average: true }); },
    },
    {
      title: "One weight and one bias", lit: "neuron", needs: samples.length,
      words: () => "Hold everything still but one weight and one bias. Now the cost is a curve over one number, and you can see which way is down: if it slopes up to the right, step left. "
        + "Pull the sliders and look for a lower place.",
      set() { training.fromUntrained(); show(); nudge.begin(); },
    },
    {
      title: "Downhill", lit: "descent", needs: data.examples,
      words: () => "Now all of them at once. The slope says for every weight and bias which way is down, and how steep. Step that way, look again, step again: "
        + `the ball is the network, ${still ? "which learns when you press Start" : "learning here and now"}. A step asks a handful of images only: it wavers, but it costs little.`,
      set() { training.fromUntrained(); show(); state.set({ chosen: neuron(last, samples.length ? samples[hero].label : 0) }); if (!still) training.go(); },
    },
    {
      title: `${P} directions`, lit: "grids", needs: network.nKept > 1,
      words: () => `The landscape is a slice along two directions; there are ${P}. Every step moves all of them, each by its own share. `
        + "Lines and squares now show how far each weight has gone since the start: up or down, and black where no image ever gave it a reason to move.",
      set() { training.fromTrained(); show(); state.set({ chosen: neuron(1, Math.min(3, sizes[1] - 1)), mode: "movement" }); },
    },
    {
      title: "What it learned", lit: "net",
      words: () => `${samples.length ? `The same ${name}, and a clear answer. ` : ""}${accuracy === null ? "" : `Of images that it has never seen it reads ${(100 * accuracy).toFixed(1)} % right. `}`
        + "Nobody wrote it a rule: it does the sums it did before, with better numbers. Try the other images, then draw one.",
      set() { training.fromTrained(); show(); state.set({ chosen: strongest() }); },
    },
    {
      title: "What the weights look like", lit: "grids",
      words: () => `You might hope for strokes and loops. Each square holds the ${grouped(sizes[0])} weights of one neuron: mostly speckle, with loose blotches. `
        + "The descent found a low place, not the one that we would have drawn. Look into a neuron: pixel times weight is all that it ever sees.",
      set() { training.fromTrained(); show(); state.set({ chosen: neuron(1) }); },
    },
    {
      title: "Noise it is sure about", lit: "net",
      words: () => {
        const a = outputs(state.now.theta), best = network.highest(a);
        return `Television snow. It could shrug; it answers ${names[best]}, at ${a[best].toFixed(2)}. It has only ever met tidy, centred ${thing}s, and nothing in the cost rewards doubt, `
          + "so it never learned to say \u201cthis is none\u201d. Press Noise for more.";
      },
      set() { training.fromTrained(); drawing.noise(drawing.surestNoise(state.now.theta)); state.set({ chosen: strongest() }); },
    },
    {
      title: "Your turn", lit: "drawing",
      words: () => `Draw your own ${thing}. ${data.examples ? "Raise the learning rate until the descent stumbles. Take another start and watch it find another valley. " : ""}`
        + "Then copy the link: it keeps your drawing, this step and the neuron you chose.",
      set() { training.fromTrained(); drawing.clear(); state.set({ chosen: neuron(1) }); },
    },
  ].filter((step) => step.needs === undefined || step.needs);

  function tell(i) {
    const { title, words, lit } = steps[i];
    at("story-count").textContent = `${i + 1} of ${steps.length}`;
    at("story-title").textContent = title;
    at("story-text").textContent = words();
    at("back").disabled = i === 0;
    at("next").disabled = i === steps.length - 1;
    Array.from(at("dots").children).forEach((dot, j) => dot.classList.toggle("now", j === i));
    document.querySelectorAll("main > section").forEach((section) => section.classList.toggle("lit", section.id === lit));
    // On a phone the panel may be closed: its tab is marked.
    document.querySelectorAll("#tabs button").forEach((tab) => tab.classList.toggle("lit", tab.dataset.panel === lit));
  }
  // A step sets the page up; a link that is restored only tells it.
  function goTo(i) {
    nudge.end();
    training.forget();
    state.set({ step: i, cost: false, average: false, mode: "weights", hovered: null });
    steps[i].set();
    tell(i);
  }
  function move(by) {
    const to = state.now.step + by;
    if (to < 0 || to >= steps.length) return;
    const button = at(by > 0 ? "next" : "back"), other = at(by > 0 ? "back" : "next"), focused = document.activeElement === button;
    goTo(to);
    // a button that is switched off would lose the focus
    if (focused && button.disabled) other.focus();
  }
  steps.forEach(() => at("dots").append(document.createElement("i")));
  at("back").addEventListener("click", () => move(-1));
  at("next").addEventListener("click", () => move(1));
  return { goTo, length: steps.length, titles: steps.map((s) => s.title) };
})();
