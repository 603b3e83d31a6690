"use strict";
// The network that the page is about. All numbers are in the page: nothing is fetched.
// a_l = f(W_l a_(l-1) + b_l), theta holding W1, b1, W2, b2, ...
const network = ((data) => {
  const sizes = data.layer_sizes, last = sizes.length - 1;
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const thetas = data.thetas.map((text) => new Float32Array(bytes(text).buffer));
  const samples = data.samples.map((s) => ({ label: s.label, pixels: bytes(s.pixels) }));
  const f = {
    sigmoid: (z) => 1 / (1 + Math.exp(-z)), tanh: Math.tanh,
    relu: (z) => Math.max(0, z), identity: (z) => z,
  };
  // Where each layer's weights and biases begin in theta, and its activation.
  const layers = [];
  for (let l = 1, offset = 0; l <= last; l++) {
    const weights = offset, biases = offset + sizes[l] * sizes[l - 1];
    offset = biases + sizes[l];
    layers.push({ weights, biases, f: f[data.activations[l - 1]] });
  }
  function forward(theta, input) {
    const activations = [input];
    layers.forEach((layer, l) => {
      const before = activations[l], nIn = sizes[l], a = new Float64Array(sizes[l + 1]);
      for (let j = 0; j < a.length; j++) {
        let z = theta[layer.biases + j];
        for (let k = 0, w = layer.weights + j * nIn; k < nIn; k++) z += theta[w + k] * before[k];
        a[j] = layer.f(z);
      }
      activations.push(a);
    });
    return activations;
  }
  return { data, sizes, last, thetas, samples, layers, forward };
})(JSON.parse(document.getElementById("data").textContent));
