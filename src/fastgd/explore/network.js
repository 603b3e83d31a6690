"use strict";
// The network that the page is about. All numbers are in the page: nothing is fetched.
// a_l = f(W_l a_(l-1) + b_l), theta holding W1, b1, W2, b2, ...
const network = ((data) => {
  const sizes = data.layer_sizes, last = sizes.length - 1;
  // The recorded thetas, each decoded when it is first looked at.
  const decoded = new Map();
  function thetaAt(i) {
    if (!decoded.has(i)) decoded.set(i, new Float32Array(View.bytes(data.thetas[i]).buffer));
    return decoded.get(i);
  }
  const samples = data.samples.map((s) => ({
    label: s.label, input: Float64Array.from(View.bytes(s.pixels), (p) => p / 255),
  }));
  const f = {
    sigmoid: (z) => 1 / (1 + Math.exp(-z)), tanh: Math.tanh,
    relu: (z) => Math.max(0, z), identity: (z) => z,
  };
  // Where each layer's weights and biases begin in theta, and its activation.
  const layers = [];
  for (let l = 1, offset = 0; l <= last; l++) {
    const weights = offset, biases = offset + sizes[l] * sizes[l - 1];
    offset = biases + sizes[l];
    layers.push({ weights, biases, name: data.activations[l - 1], f: f[data.activations[l - 1]] });
  }
  // (n_layers + 1) arrays, the input first. An input of 0 adds nothing: most pixels are.
  function forward(theta, input) {
    const activations = [input];
    layers.forEach((layer, l) => {
      const before = activations[l], nIn = sizes[l], a = new Float64Array(sizes[l + 1]), lit = [];
      for (let k = 0; k < nIn; k++) if (before[k] !== 0) lit.push(k);
      for (let j = 0; j < a.length; j++) {
        let z = theta[layer.biases + j];
        const row = layer.weights + j * nIn;
        for (let i = 0; i < lit.length; i++) z += theta[row + lit[i]] * before[lit[i]];
        a[j] = layer.f(z);
      }
      activations.push(a);
    });
    return activations;
  }
  // C = sum_j (y_j - a_j)^2, y being 1 for the label and 0 elsewhere
  const cost = (outputs, label) => outputs.reduce((sum, a, j) => sum + (a - (j === label)) ** 2, 0);
  const highest = (outputs) => outputs.indexOf(Math.max(...outputs));
  const nParameters = layers.at(-1).biases + sizes[last];
  // Where the descent began; of a network without a recorded one, a random theta.
  const untrained = data.thetas.length > 1 ? thetaAt(0) : Kernel.randomTheta(sizes, data.activations, Kernel.random(0));
  return { data, sizes, last, layers, samples, names: data.names, side: data.side, nParameters,
    nKept: data.thetas.length, thetaAt, untrained, forward, cost, highest };
})(JSON.parse(document.getElementById("data").textContent));
