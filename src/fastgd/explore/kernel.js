"use strict";
// Mini-batch descent of a fully connected network: the same twice, in WebAssembly (descent.c) and,
// where a browser has none, in plain JavaScript. It knows of no page and of no clock.
//
//   Kernel.examples(inputs, targets, nIn, nOut) -> examples
//     inputs   Uint8Array (n nIn): pixels, p means p/255; or Float32Array: as they are
//     targets  Float32Array (n nOut)
//   Kernel.oneHot(labels, nOut) -> targets
//   Kernel.plain(sizes, activations, examples) -> machine
//   Kernel.assembled(bytes, sizes, activations, examples) -> Promise of a machine
//     sizes        [784, 16, 16, 10]; activations, one a layer: "sigmoid", "tanh", "relu", "identity"
//     bytes        Uint8Array: descent.wasm
//   machine.kind                          "WebAssembly" or "JavaScript"
//   machine.give(theta)                   theta Float32Array, in the order of fastgd.Network
//   machine.take() -> theta               a new Float32Array
//   machine.onPlane(center, u, v) -> (a, b): theta becomes center + a u + b v
//   machine.descend(order, batch, rate)   a step for every `batch` (at most n) of the examples that
//     the Int32Array names, the last one maybe smaller: theta -= rate (gradient of the batch's
//     mean cost). -> the sum of the batches' mean costs, each before its step
//   machine.measure(first, n) -> {cost, right}: the mean cost of the examples first, first + 1, ...
//     and how many have their greatest output (of one output: its half) where the target has it
//   Kernel.randomTheta(sizes, activations, random), Kernel.shuffle(order, random)
//   Kernel.random(seed) -> a function of numbers from [0, 1), the same from every seed
//
// The cost of one example is sum_j (a_j - y_j)^2. A layer's parameters lie as (nIn + 1) rows of
// `stride` floats, nOut of them weights from one input, the rest 0; the last row are the biases.
const makeKernel = () => {
  const ACTIVATIONS = ["sigmoid", "tanh", "relu", "identity"], LANES = 4;
  const padded = (n) => Math.ceil(n / LANES) * LANES;

  // Where each layer's parameters begin in `packed`, and its activations in a row of working memory.
  function layersOf(sizes, activations) {
    let weights = 0, row = 0;
    const layers = activations.map((name, l) => {
      const layer = {
        nIn: sizes[l], nOut: sizes[l + 1], stride: padded(sizes[l + 1]),
        activation: ACTIVATIONS.indexOf(name), weights, row,
      };
      weights += (layer.nIn + 1) * layer.stride;
      row += layer.stride;
      return layer;
    });
    return { layers, nPacked: weights, row };
  }

  // theta holds W1 (nOut, nIn), b1, W2, b2, ...; visit(i, p): its number i lies at p in `packed`.
  function eachParameter(layers, visit) {
    let i = 0;
    for (const { nIn, nOut, stride, weights } of layers) {
      for (let j = 0; j < nOut; j++)
        for (let k = 0; k < nIn; k++) visit(i++, weights + k * stride + j);
      for (let j = 0; j < nOut; j++) visit(i++, weights + nIn * stride + j);
    }
    return i;
  }

  // Of each row its nonzeros alone: starts (n + 1), columns, values; targets (n, padded nOut).
  function examples(inputs, targets, nIn, nOut) {
    const n = inputs.length / nIn, scale = inputs instanceof Uint8Array ? 255 : 1;
    const starts = new Int32Array(n + 1);
    let count = 0;
    for (let i = 0; i < inputs.length; i++) if (inputs[i] !== 0) count++;
    const columns = new Int32Array(count), values = new Float32Array(count);
    count = 0;
    for (let e = 0; e < n; e++) {
      for (let k = 0; k < nIn; k++) {
        const x = inputs[e * nIn + k];
        if (x === 0) continue;
        columns[count] = k;
        values[count++] = x / scale;
      }
      starts[e + 1] = count;
    }
    const stride = padded(nOut), wide = new Float32Array(n * stride);
    for (let e = 0; e < n; e++) wide.set(targets.subarray(e * nOut, (e + 1) * nOut), e * stride);
    return { n, starts, columns, values, targets: wide };
  }

  function oneHot(labels, nOut) {
    const out = new Float32Array(labels.length * nOut);
    labels.forEach((label, e) => { out[e * nOut + label] = 1; });
    return out;
  }

  // What both machines share: theta in and out.
  function machine(kind, layers, packed, parts) {
    const nParameters = eachParameter(layers, () => {});
    return {
      kind,
      give(theta) {
        eachParameter(layers, (i, p) => { packed[p] = theta[i]; });
      },
      take() {
        const theta = new Float32Array(nParameters);
        eachParameter(layers, (i, p) => { theta[i] = packed[p]; });
        return theta;
      },
      onPlane(center, u, v) {
        const [C, U, V] = [center, u, v].map((theta) => {
          const out = new Float32Array(packed.length);
          eachParameter(layers, (i, p) => { out[p] = theta[i]; });
          return out;
        });
        return (a, b) => { for (let p = 0; p < packed.length; p++) packed[p] = C[p] + a * U[p] + b * V[p]; };
      },
      ...parts,
    };
  }

  function plain(sizes, activations, { n, starts, columns, values, targets }) {
    const { layers, nPacked, row } = layersOf(sizes, activations), last = layers.at(-1);
    const W = new Float32Array(nPacked);
    // One type of array for every layer's inputs: the loops below are compiled for it alone.
    const x = Float64Array.from(values), all = Int32Array.from({ length: Math.max(...sizes) }, (_, k) => k);
    // A row an example of the batch: activations, then dC/dz, of all layers.
    let a = new Float64Array(row), d = new Float64Array(row);

    function activate({ activation, nOut }, at) {
      if (activation === 0) for (let j = at; j < at + nOut; j++) a[j] = 1 / (1 + Math.exp(-a[j]));
      else if (activation === 1) for (let j = at; j < at + nOut; j++) a[j] = Math.tanh(a[j]);
      else if (activation === 2) for (let j = at; j < at + nOut; j++) a[j] = Math.max(0, a[j]);
    }
    function timesDerivative({ activation, nOut }, at) {
      if (activation === 0) for (let j = at; j < at + nOut; j++) d[j] *= a[j] * (1 - a[j]);
      else if (activation === 1) for (let j = at; j < at + nOut; j++) d[j] *= 1 - a[j] * a[j];
      else if (activation === 2) for (let j = at; j < at + nOut; j++) if (!(a[j] > 0)) d[j] = 0;
    }
    // z += sum_i x_i W_i, four neurons at a time: n inputs from x[from] on, of columns[first], ...
    function addRows(n, x, from, columns, first, w, stride, z) {
      for (let j = 0; j < stride; j += 4) {
        let s0 = a[z + j], s1 = a[z + j + 1], s2 = a[z + j + 2], s3 = a[z + j + 3];
        for (let i = 0; i < n; i++) {
          const at = w + j + columns[first + i] * stride, xi = x[from + i];
          s0 += xi * W[at]; s1 += xi * W[at + 1]; s2 += xi * W[at + 2]; s3 += xi * W[at + 3];
        }
        a[z + j] = s0; a[z + j + 1] = s1; a[z + j + 2] = s2; a[z + j + 3] = s3;
      }
    }
    // W_i -= x_i d, likewise
    function subtractFromRows(n, x, from, columns, first, w, stride, z) {
      for (let j = 0; j < stride; j += 4) {
        const d0 = d[z + j], d1 = d[z + j + 1], d2 = d[z + j + 2], d3 = d[z + j + 3];
        for (let i = 0; i < n; i++) {
          const at = w + j + columns[first + i] * stride, xi = x[from + i];
          W[at] -= xi * d0; W[at + 1] -= xi * d1; W[at + 2] -= xi * d2; W[at + 3] -= xi * d3;
        }
      }
    }
    // One of these for layer l: its inputs are the example's nonzeros, or the activations before.
    function eachInput(rows, l, e, base) {
      const { nIn, stride, weights, row: z } = layers[l];
      if (l > 0) rows(nIn, a, base + layers[l - 1].row, all, 0, weights, stride, base + z);
      else rows(starts[e + 1] - starts[e], x, starts[e], columns, starts[e], weights, stride, base + z);
    }
    // z = b + sum_i x_i W_i, then a = f(z)
    function forward(e, base) {
      layers.forEach((layer, l) => {
        const { nIn, stride, weights, row: z } = layer;
        for (let j = 0; j < stride; j++) a[base + z + j] = W[weights + nIn * stride + j];
        eachInput(addRows, l, e, base);
        activate(layer, base + z);
      });
    }
    // sum_j (a_j - y_j)^2 of the example e; dC/da of the last layer
    function errors(e, base) {
      let cost = 0;
      for (let j = 0; j < last.nOut; j++) {
        const error = a[base + last.row + j] - targets[e * last.stride + j];
        d[base + last.row + j] = 2 * error;
        cost += error * error;
      }
      return cost;
    }
    function backward(base) {
      for (let l = layers.length - 1; l >= 0; l--) {
        const layer = layers[l], at = base + layer.row;
        timesDerivative(layer, at);
        if (l === 0) break;
        const to = base + layers[l - 1].row;
        for (let k = 0; k < layer.nIn; k++) {
          let sum = 0;
          for (let j = 0, w = layer.weights + k * layer.stride; j < layer.nOut; j++) sum += d[at + j] * W[w + j];
          d[to + k] = sum;
        }
      }
    }
    // theta -= scale times the gradient of example e's cost
    function learn(e, base, scale) {
      layers.forEach(({ nIn, stride, weights, row: z }, l) => {
        for (let j = 0; j < stride; j++) {
          d[base + z + j] *= scale;
          W[weights + nIn * stride + j] -= d[base + z + j];
        }
        eachInput(subtractFromRows, l, e, base);
      });
    }
    function isRight(e) {
      if (last.nOut === 1) return (a[last.row] > 0.5) === (targets[e * last.stride] > 0.5);
      let found = 0, wanted = 0;
      for (let j = 1; j < last.nOut; j++) {
        if (a[last.row + j] > a[last.row + found]) found = j;
        if (targets[e * last.stride + j] > targets[e * last.stride + wanted]) wanted = j;
      }
      return found === wanted;
    }
    return machine("JavaScript", layers, W, {
      descend(order, batch, rate) {
        const most = Math.min(batch, order.length) * row;
        if (a.length < most) { a = new Float64Array(most); d = new Float64Array(most); }
        let total = 0;
        for (let first = 0; first < order.length; first += batch) {
          const size = Math.min(batch, order.length - first);
          let cost = 0;
          for (let i = 0; i < size; i++) {
            forward(order[first + i], i * row);
            cost += errors(order[first + i], i * row);
            backward(i * row);
          }
          for (let i = 0; i < size; i++) learn(order[first + i], i * row, rate / size);
          total += cost / size;
        }
        return total;
      },
      measure(first, count) {
        let cost = 0, right = 0;
        for (let e = first; e < first + count; e++) {
          forward(e, 0);
          cost += errors(e, 0);
          right += isRight(e);
        }
        return { cost: cost / count, right };
      },
    });
  }

  // Memory after the module's own: Problem and Layers as in descent.c, then all arrays.
  async function assembled(bytes, sizes, activations, given) {
    const { instance } = await WebAssembly.instantiate(bytes, {});
    const { memory, descend, measure, __heap_base: base } = instance.exports;
    const { layers, nPacked, row } = layersOf(sizes, activations);
    let end = base.value;
    const room = (n) => { const at = Math.ceil(end / 16) * 16; end = at + 4 * n; return at; };
    const problem = room(11), table = room(6 * layers.length), W = room(nPacked);
    const names = ["starts", "columns", "values", "targets"], places = names.map((name) => room(given[name].length));
    const order = room(given.n), a = room(given.n * row), d = room(given.n * row);
    memory.grow(Math.max(0, Math.ceil((end - memory.buffer.byteLength) / 65536)));
    const ints = new Int32Array(memory.buffer), floats = new Float32Array(memory.buffer);
    ints.set([layers.length, row, table, W, ...places, a, d], problem / 4);
    layers.forEach((layer, l) =>
      ints.set([layer.nIn, layer.nOut, layer.stride, layer.activation, layer.weights, layer.row], table / 4 + 6 * l));
    names.forEach((name, i) => (i < 2 ? ints : floats).set(given[name], places[i] / 4));
    return machine("WebAssembly", layers, floats.subarray(W / 4, W / 4 + nPacked), {
      descend(examples, batch, rate) {
        // as many whole batches at once as there is room for
        const most = Math.max(1, Math.floor(given.n / batch)) * batch;
        let total = 0;
        for (let first = 0; first < examples.length; first += most) {
          const part = examples.subarray(first, first + most);
          ints.set(part, order / 4);
          total += descend(problem, order, part.length, batch, rate);
        }
        return total;
      },
      measure: (first, count) => ({ cost: measure(problem, first, count) / count, right: ints[problem / 4 + 10] }),
    });
  }

  // sfc32 (Doty-Humphrey, PractRand), its state filled from the seed.
  function random(seed) {
    let a = 0, b = seed | 0, c = Math.floor(seed / 2 ** 32) | 0, counter = 1;
    const next = () => {
      const sum = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = ((c << 21) | (c >>> 11)) + sum | 0;
      return (sum >>> 0) / 2 ** 32;
    };
    for (let i = 0; i < 15; i++) next();
    return next;
  }
  // Marsaglia's polar method
  function normal(uniform) {
    for (;;) {
      const x = 2 * uniform() - 1, y = 2 * uniform() - 1, s = x * x + y * y;
      if (s > 0 && s < 1) return x * Math.sqrt((-2 * Math.log(s)) / s);
    }
  }
  // The distribution of Network.random_theta, not its numbers.
  function randomTheta(sizes, activations, uniform) {
    const numbers = [];
    activations.forEach((name, l) => {
      const scale = Math.sqrt((name === "relu" ? 2 : 1) / sizes[l]);
      for (let i = 0; i < sizes[l] * sizes[l + 1]; i++) numbers.push(scale * normal(uniform));
      for (let j = 0; j < sizes[l + 1]; j++) numbers.push(0);
    });
    return Float32Array.from(numbers);
  }
  function shuffle(order, uniform) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(uniform() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
  }
  return { examples, oneHot, plain, assembled, random, randomTheta, shuffle };
};
const Kernel = makeKernel();
