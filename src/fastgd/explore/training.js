// The descent: recorded on a slider, or live by the trainer: start, pause, one step, another start.
const training = (() => {
  const { data, nKept, thetaAt } = network, PACE = 300, MOST = 600, FIRST_SURVEY = 100;
  const slider = at("kept"), start = at("start");
  // The live descent so far, for the curve: of each measurement epoch, and costs of training and test.
  let history = [], trainer = null, seed = 0, toLoad = null;
  // At which step of another start its own plane is looked for; null: the recorded plane serves.
  let survey = null;

  function fromRecord(i) {
    pause();
    useRecordedPlane();
    toLoad = thetaAt(i);
    state.set({ theta: thetaAt(i), at: { kept: i }, start: network.untrained });
  }
  function useRecordedPlane() {
    if (survey === null) return;
    survey = null;
    terrain.showRecorded();
    ask((t) => t.set({ plane: terrain.plane }));
  }
  function fromUntrained() {
    if (nKept > 1) return fromRecord(0);
    pause();
    toLoad = network.untrained;
    state.set({ theta: network.untrained, at: { untrained: true } });
  }
  const fromTrained = () => fromRecord(nKept - 1);
  function forget() {
    history = [];
    state.set({ history });
  }

  function onProgress(progress) {
    if (toLoad) return;   // of a descent that has been left
    const { steps, epoch, measured, point, running, diverged } = progress;
    if (history.length && measured.steps < history.at(-1).steps) history = [];
    if (!history.length || measured.steps > history.at(-1).steps)
      history.push({ steps: measured.steps, epoch: steps ? (epoch * measured.steps) / steps : 0, train: measured.trainCost, test: measured.testCost });
    if (history.length > MOST) history = history.filter((_, i) => i % 2 === 0 || i === history.length - 1);
    if (survey !== null && steps >= survey) {
      survey *= 2;
      trainer.survey();
    }
    state.set({ theta: progress.theta, at: { steps, epoch, measured, point, diverged }, running, history });
  }
  // The trainer begins when the page has been drawn; what was asked of it before, it does then.
  const ready = !data.examples ? null : new Promise((resolve) => { setTimeout(resolve, 50); })
    .then(() => View.unpacked(data.examples))
    .then((unpacked) => new Promise((resolve) => {
      trainer = Trainer.create({
        sizes: network.sizes, activations: data.activations, data: unpacked, theta: network.untrained, seed,
        rate: rate(), batch: batch(), pace: PACE, plane: terrain.plane,
        wasm: data.wasm ? View.bytes(data.wasm) : null, onProgress,
        onSurface: (surface) => { if (surface && survey !== null) terrain.showOwn(surface); },
        onReady: (machine) => { state.set({ machine }); resolve(trainer); },
      });
    }));
  if (ready) ready.catch(() => { at("no-trainer").hidden = false; at("no-trainer").textContent = "This browser is too old to train here."; at("trainer").hidden = true; });
  else {
    at("trainer").hidden = true;
    at("no-trainer").hidden = false;
    at("no-trainer").textContent = data.no_training;
  }
  function ask(what) { if (ready) ready.then(what, () => {}); }
  // The live descent goes on from what is shown; from the trained network it begins anew.
  function take() {
    const { at: place } = state.now;
    if (place.kept !== undefined && place.kept === nKept - 1) { toLoad = network.untrained; state.set({ start: network.untrained }); }
    if (!toLoad) return;
    const theta = toLoad;
    history = [];
    ask((t) => { toLoad = null; t.load(theta); });
  }
  function go() {
    if (!ready) return;
    take();
    state.set({ running: true });
    ask((t) => t.start());
  }
  function pause() {
    if (!state.now.running) return;
    state.set({ running: false });
    ask((t) => t.pause());
  }
  function step() {
    pause();
    take();
    ask((t) => t.step());
  }
  function restart(from) {
    seed = from;
    history = [];
    ask((t) => {
      toLoad = null;
      survey = FIRST_SURVEY;
      state.set({ start: Kernel.randomTheta(network.sizes, data.activations, Kernel.random(seed)) });
      t.restart(seed);
    });
  }

  // ---- controls
  const rate = () => Number((10 ** Number(at("rate").value)).toPrecision(2));
  const batch = () => Number(at("batch").value);
  const nTrain = data.examples ? data.examples.n_train : 0;
  [1, 10, 100, 1000, nTrain].filter((n, i, all) => n && n <= nTrain && all.indexOf(n) === i).forEach((n) => {
    const option = document.createElement("option");
    option.value = n;
    option.textContent = n === nTrain ? `all ${grouped(n)}` : grouped(n);
    option.selected = n === Math.min(10, nTrain);
    at("batch").append(option);
  });
  at("rate").value = Math.log10(data.learning_rate);
  const tellRate = () => {
    at("rate-value").textContent = rate();
    at("rate").setAttribute("aria-valuetext", String(rate()));
  };
  at("rate").addEventListener("input", () => { tellRate(); ask((t) => t.set({ rate: rate() })); });
  at("batch").addEventListener("change", () => ask((t) => t.set({ batch: batch() })));
  start.addEventListener("click", () => (state.now.running ? pause() : go()));
  at("one").addEventListener("click", step);
  at("seed").addEventListener("click", () => restart(seed + 1));
  slider.max = nKept - 1;
  at("replay").hidden = nKept < 2;
  slider.addEventListener("input", () => fromRecord(Number(slider.value)));
  tellRate();

  // ---- what is said
  const percent = (x) => `${(100 * x).toFixed(1)} %`;
  function facts(now) {
    const { kept, steps, epoch, measured, diverged, untrained } = now.at;
    if (untrained) return "Untrained: random weights and biases.";
    if (kept !== undefined) {
      const when = data.epochs[kept], name = nKept < 2 ? "Trained" : when === 0 ? "Untrained" : `Epoch ${when}`;
      const right = data.accuracies ? `, reads ${percent(data.accuracies[kept])} of unseen images right` : "";
      return `${name}: cost ${short(data.costs[kept])}${right}.`;
    }
    if (diverged) return `Step ${grouped(steps)}: the cost is no number any more. Lower the learning rate and take another start.`;
    const right = measured.accuracy === null ? "" : `, reads ${percent(measured.accuracy)} of unseen images right`;
    return `Step ${grouped(steps)} (epoch ${epoch.toFixed(epoch < 10 ? 2 : 0)}): cost ${short(measured.trainCost)}${right}.`;
  }
  state.view(["at", "running"], (now) => {
    const said = facts(now);
    at("where").textContent = said;
    if (now.at.kept !== undefined) slider.value = now.at.kept;
    slider.setAttribute("aria-valuetext", nKept > 1 ? facts({ at: { kept: Number(slider.value) } }) : "");
    start.textContent = now.running ? "Pause" : "Start";
  }, 150);
  return { fromRecord, fromUntrained, fromTrained, forget, go, pause, step, restart, ready };
})();
