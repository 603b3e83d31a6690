"use strict";
// A descent that runs while the page is used: in a worker made from a blob, so that it works from
// a file too, or, where there is none, in slices on the page's own thread. What is computed is the
// affair of kernel.js and survey.js, which stand before it in the page; what is shown is the page's.
//
//   const trainer = Trainer.create({
//     sizes, activations,         as Kernel's
//     data: {inputs, labels, targets, nTrain}
//                                 as View.unpacked gives them: the first nTrain examples are
//                                 trained on, the others tested; labels and targets: one is null
//     theta,                      Float32Array to start from, or null: the seed's random start
//     seed: 0, rate: 0.5, batch: 10,
//     pace: null,                 most steps a second; null: as many as there is time for
//     plane: {center, u, v},      Float32Arrays, or null: where on it theta is seen
//     wasm,                       Uint8Array, descent.wasm; null: plain JavaScript
//     worker: true,               false: on the page's thread
//     onReady({kind, worker}),    the machine runs: kind "WebAssembly" or "JavaScript"
//     onProgress(progress),       once a frame at most
//     onSurface(surface),         what `survey` found
//   })
//   trainer.start()  .pause()     progress.running tells
//   trainer.step()                one step, and a progress
//   trainer.set({rate, batch, pace, plane})   any of them; heeded from the next step on
//   trainer.restart(seed)         another random start, another order; it goes on if it ran
//   trainer.load(theta)           a given start; the seed's order from its beginning
//   trainer.survey()              the plane this descent has moved in most so far, and the costs on
//                                 it, computed between steps: some tenths of a second. Then comes
//                                 onSurface({center, u, v, side, costs, path: {a, b}, shares}), for
//                                 Ground and Relief, and `point` is on this plane; or onSurface(null)
//                                 for a path of less than three points or on a line
//   trainer.end()                 the worker goes
//
//   progress = {
//     theta,                      Float32Array, a copy
//     steps, epoch,               steps taken; passes over the training examples, with fractions
//     cost,                       mean cost of the batches since the last progress; null: none
//     measured: {steps, trainCost, testCost, accuracy},
//                                 at a step not long ago: costs of (at most 1,000) training and of
//                                 all test examples, share of the test read right; testCost and
//                                 accuracy null without test examples
//     point: {a, b, distance},    theta on the plane, and how far from it; null without a plane
//     running, speed,             steps a second
//     diverged,                   a cost was no number: it has stopped at the last theta that was
//                                 told and wants a restart
//   }
// From one seed, rates and batches come the same thetas, however fast the processor.
const makeSession = (Kernel, makeSurvey) => (setup, post) => {
  const FRAME = 1000 / 60, MOST_MEASURED = 1000, MOST_SURVEYED = 300;
  const { sizes, activations, data } = setup;
  const nIn = sizes[0], nOut = sizes.at(-1), n = data.inputs.length / nIn;
  const examples = Kernel.examples(data.inputs, data.targets || Kernel.oneHot(data.labels, nOut), nIn, nOut);
  const order = new Int32Array(data.nTrain);
  const options = { rate: setup.rate ?? 0.5, batch: setup.batch ?? 10, pace: setup.pace ?? null, plane: setup.plane ?? null };
  let machine, survey, finite, seed = setup.seed ?? 0, random;
  // Where the descent is: the next example is order[at]
  let at, steps, epochs, running = false, diverged;
  // Since the last progress, and what the clock says
  let sum = 0, batches = 0, posted = 0, measured, measuredAt, perExample = 0.01, due = 0, turned = 0, speed = 0;

  function begin(theta) {
    random = Kernel.random(seed);
    const drawn = Kernel.randomTheta(sizes, activations, random);
    machine.give(theta || drawn);
    order.forEach((_, i) => { order[i] = i; });
    Kernel.shuffle(order, random);
    at = steps = epochs = sum = batches = 0;
    diverged = false;
    survey.clear();
    measure();
  }
  function measure() {
    const before = performance.now(), nTest = n - data.nTrain;
    const train = machine.measure(0, Math.min(data.nTrain, MOST_MEASURED));
    const test = nTest ? machine.measure(data.nTrain, nTest) : null;
    measured = {
      steps, trainCost: train.cost, testCost: test && test.cost,
      accuracy: test && data.labels ? test.right / nTest : null,
    };
    measuredAt = performance.now();
    measured.took = measuredAt - before;
  }
  // At most so many steps, within one epoch.
  function descend(most) {
    const end = Math.min(order.length, at + most * options.batch);
    const taken = Math.ceil((end - at) / options.batch);
    sum += machine.descend(order.subarray(at, end), options.batch, options.rate);
    batches += taken;
    steps += taken;
    at = end;
    if (at === order.length) { at = 0; epochs++; Kernel.shuffle(order, random); }
    if (!Number.isFinite(sum)) { diverged = true; running = false; }
    return taken;
  }
  function project(theta) {
    if (!options.plane) return null;
    const { center, u, v } = options.plane;
    let uu = 0, uv = 0, vv = 0, du = 0, dv = 0, dd = 0;
    for (let i = 0; i < theta.length; i++) {
      const x = theta[i] - center[i];
      uu += u[i] * u[i]; uv += u[i] * v[i]; vv += v[i] * v[i];
      du += x * u[i]; dv += x * v[i]; dd += x * x;
    }
    // least squares: the normal equations of two unknowns
    const determinant = uu * vv - uv * uv;
    const a = (vv * du - uv * dv) / determinant, b = (uu * dv - uv * du) / determinant;
    return { a, b, distance: Math.sqrt(Math.max(0, dd - a * du - b * dv)) };
  }
  function tell() {
    if (diverged) machine.give(finite);
    const now = performance.now(), theta = machine.take();
    finite = theta.slice();
    survey.keep(theta, steps);
    if (measured.steps !== steps && (!running || now - measuredAt > Math.max(200, 20 * measured.took))) measure();
    const { took, ...told } = measured;
    if (batches) speed = (1000 * batches) / Math.max(1, now - posted);
    post({
      theta, steps, epoch: epochs + at / order.length, cost: batches ? sum / batches : null,
      measured: told, point: project(theta), running, speed, diverged,
    });
    sum = batches = 0;
    posted = now;
  }
  // Some milliseconds of steps; the progress when a frame has passed. -> how long to rest then
  function slice(milliseconds) {
    const before = performance.now(), paced = options.pace !== null;
    due = paced ? Math.min(due + (options.pace * (before - turned)) / 1000, Math.max(1, options.pace / 10)) : Infinity;
    turned = before;
    let now = before;
    while (running && now - before < milliseconds && due >= 1) {
      // a look at the clock every 2 ms or so
      const most = Math.floor(Math.min(due, 2 / (perExample * options.batch)));
      const made = descend(Math.max(1, most)), after = performance.now();
      perExample += 0.2 * ((after - now) / (made * options.batch) - perExample);
      now = after;
      due -= made;
    }
    if (survey.isOpen()) {
      const surface = survey.advance(running ? milliseconds / 2 : milliseconds);
      if (surface) {
        options.plane = surface;
        post({ surface });
        tell();
      }
    }
    if (now - posted >= FRAME || !running) tell();
    return !paced || due >= 1 || survey.isOpen() ? 0 : Math.min(100, Math.max(4, ((1 - due) / options.pace) * 1000));
  }
  return {
    async open() {
      const plain = () => Kernel.plain(sizes, activations, examples);
      machine = setup.wasm ? await Kernel.assembled(setup.wasm, sizes, activations, examples).catch(plain) : plain();
      survey = makeSurvey(machine, Math.min(data.nTrain, MOST_SURVEYED));
      begin(setup.theta);
      return machine.kind;
    },
    slice,
    isBusy: () => running || survey.isOpen(),
    start() { running = !diverged; due = 1; turned = performance.now(); tell(); },
    pause() { running = false; tell(); },
    step() { if (!diverged) descend(1); tell(); },
    set(changes) { Object.assign(options, changes); if (!running) tell(); },
    restart(from) { seed = from; begin(null); tell(); },
    load(theta) { begin(theta); tell(); },
    survey() {
      if (!survey.begin(machine.take(), steps)) post({ surface: null });
    },
    tell,
  };
};

// The worker's side: messages are [method, argument]; between slices it looks for them.
const workerMain = (makeSession) => {
  let session, held = false, turning = false;
  const turn = new MessageChannel();
  // A timer would rest 4 ms at least; a message to oneself comes after those that wait.
  const next = (rest) => {
    if (turning || held || !session.isBusy()) return;
    turning = true;
    if (rest) setTimeout(go, rest);
    else turn.port2.postMessage(null);
  };
  const go = () => { turning = false; if (session.isBusy()) next(session.slice(17)); };
  turn.port1.onmessage = go;
  async function heed([method, argument]) {
    if (method === "open") {
      session = makeSession(argument, (message) => postMessage(message, message.theta ? [message.theta.buffer] : []));
      postMessage({ ready: await session.open() });
      session.tell();
      return;
    }
    if (method === "hold") held = argument;
    else session[method](argument);
    next(0);
  }
  let heeded = Promise.resolve();
  self.onmessage = ({ data }) => { heeded = heeded.then(() => heed(data)); };
};

const Trainer = (() => {
  const SLICE = 6;

  function inWorker(setup, listen, fail) {
    const source = `"use strict";(${workerMain})((${makeSession})((${makeKernel})(),${makeSurvey}));`;
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(address);
    let heard = false;
    worker.onmessage = ({ data }) => { heard = true; listen(data); };
    worker.onerror = (event) => { if (!heard) { event.preventDefault(); worker.terminate(); fail(); } };
    worker.postMessage(["open", setup]);
    return {
      send: (method, argument) => worker.postMessage([method, argument]),
      end: () => { worker.terminate(); URL.revokeObjectURL(address); },
    };
  }
  function onPage(setup, listen) {
    const session = makeSession(Kernel, makeSurvey)(setup, listen);
    let held = false, timer = null;
    const next = (rest) => {
      if (timer !== null || held || !session.isBusy()) return;
      timer = setTimeout(() => { timer = null; if (session.isBusy()) next(session.slice(SLICE)); }, Math.max(rest, 1000 / 60 - SLICE));
    };
    const opened = session.open().then((kind) => { listen({ ready: kind }); session.tell(); });
    return {
      send: (method, argument) => opened.then(() => {
        if (method === "hold") held = argument; else session[method](argument);
        next(0);
      }),
      end: () => { held = true; },
    };
  }

  function create(given) {
    const { onReady = () => {}, onProgress = () => {}, onSurface = () => {}, worker = true, ...setup } = given;
    let waiting = [];   // for the page's thread, where there will be no worker
    let host = null, latest = null, frame = null, inTheWorker = worker;
    // The newest progress, once a frame
    function listen(message) {
      if (message.ready) {
        waiting = null;
        return onReady({ kind: message.ready, worker: inTheWorker });
      }
      if ("surface" in message) {
        if (message.surface) latest = null;   // its point is on the plane before
        return onSurface(message.surface);
      }
      if (latest && message.cost === null) message.cost = latest.cost;
      latest = message;
      frame ??= requestAnimationFrame(() => {
        frame = null;
        const progress = latest;
        latest = null;
        if (progress) onProgress(progress);
      });
    }
    function onThePage() {
      inTheWorker = false;
      host = onPage(setup, listen);
      waiting.splice(0).forEach(([method, argument]) => host.send(method, argument));
    }
    function send(method, argument) {
      if (inTheWorker) waiting?.push([method, argument]);
      host.send(method, argument);
    }
    try {
      if (!worker) throw new Error("asked for");
      host = inWorker(setup, listen, onThePage);
    } catch {
      onThePage();
    }
    const seen = () => send("hold", document.hidden);
    document.addEventListener("visibilitychange", seen);
    return {
      start: () => send("start"),
      pause: () => send("pause"),
      step: () => send("step"),
      set: (changes) => send("set", changes),
      restart: (seed) => send("restart", seed),
      load: (theta) => send("load", theta),
      survey: () => send("survey"),
      end() { document.removeEventListener("visibilitychange", seen); host.end(); },
    };
  }
  return { create };
})();
