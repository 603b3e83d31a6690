"use strict";
// The plane that a descent has moved in most, and the costs on it: landscape.principal_directions
// and landscape.plane of the package once more, for a descent that runs in the page. The plane is
// wider here, since the descent goes on.
//
//   const survey = makeSurvey(machine, nMeasured)   costs are means over the first nMeasured examples
//   survey.keep(theta, steps)   a point of the path; of many, ever fewer are kept
//   survey.clear()              another path begins
//   survey.begin(theta, steps) -> whether there is a plane: three points or more, this the last,
//                               not all on a line
//   survey.isOpen()
//   survey.advance(milliseconds) -> null, or when all costs are there the surface:
//     {center, u, v, side, costs, path: {a, b}, shares}   costs[i * side + j] at b_i, a_j from -1 to
//                                                         1; shares: of the path's movement in u, v
const makeSurvey = (machine, nMeasured) => {
  const SIDE = 33, MOST_KEPT = 40, MARGIN = 0.5;
  let path = [], every = 0, open = null;

  function keep(theta, steps) {
    if (path.length && steps - path.at(-1).steps < Math.max(1, every)) return;
    path.push({ theta: theta.slice(), steps });
    if (path.length <= MOST_KEPT) return;
    path = path.filter((_, i) => i % 2 === 0);
    every = 2 * (path.at(-1).steps / path.length);
  }
  const dot = (p, q) => { let sum = 0; for (let i = 0; i < p.length; i++) sum += p[i] * q[i]; return sum; };

  // The two greatest eigenvalues of a symmetric matrix and their vectors, by power iteration
  function twoGreatest(G) {
    const found = [];
    for (let which = 0; which < 2; which++) {
      let w = Float64Array.from(G, (_, i) => 1 + 0.3 * Math.sin(3 * i + which)), value = 0;
      for (let turn = 0; turn < 300; turn++) {
        for (const { vector } of found) { const share = dot(w, vector); w = w.map((x, i) => x - share * vector[i]); }
        const next = Float64Array.from(G, (row) => dot(row, w));
        value = Math.sqrt(dot(next, next));
        if (!value) break;
        w = next.map((x) => x / value);
      }
      found.push({ value, vector: w });
    }
    return found;
  }
  function begin(last, steps) {
    open = null;
    const thetas = path.filter((point) => point.steps < steps).map(({ theta }) => theta).concat([last]);
    const n = thetas.length, size = last.length;
    if (n < 3) return false;
    const mean = new Float64Array(size);
    thetas.forEach((theta) => theta.forEach((x, i) => { mean[i] += x / n; }));
    const points = thetas.map((theta) => Float32Array.from(theta, (x, i) => x - mean[i]));
    // X^T w is a principal direction where w is an eigenvector of X X^T, which is small.
    const G = points.map(() => new Float64Array(n));
    points.forEach((p, i) => { for (let j = 0; j <= i; j++) G[i][j] = G[j][i] = dot(p, points[j]); });
    const total = G.reduce((sum, row, i) => sum + row[i], 0);
    const pair = twoGreatest(G);
    if (!(pair[1].value > 1e-12 * pair[0].value)) return false;
    const center = Float32Array.from(mean), places = [];
    const [u, v] = pair.map(({ value, vector }) => {
      const direction = new Float32Array(size);
      points.forEach((p, k) => p.forEach((x, i) => { direction[i] += (vector[k] * x) / Math.sqrt(value); }));
      // the sign in which the path ends ahead of its start
      const sign = Math.sign(dot(points.at(-1), direction) - dot(points[0], direction)) || 1;
      const along = points.map((p) => sign * dot(p, direction)), low = Math.min(...along), high = Math.max(...along);
      const half = ((1 + MARGIN) * (high - low)) / 2, middle = (low + high) / 2;
      direction.forEach((x, i) => { center[i] += sign * x * middle; });
      places.push(along.map((x) => (x - middle) / half));
      return direction.map((x) => sign * x * half);
    });
    open = {
      move: machine.onPlane(center, u, v), done: 0,
      surface: {
        center, u, v, side: SIDE, costs: new Float32Array(SIDE * SIDE), path: { a: places[0], b: places[1] },
        shares: pair.map(({ value }) => value / total),
      },
    };
    return true;
  }
  function advance(milliseconds) {
    const before = performance.now(), theta = machine.take(), { surface, move } = open;
    const x = (k) => (2 * k) / (SIDE - 1) - 1;
    do {
      move(x(open.done % SIDE), x(Math.floor(open.done / SIDE)));
      surface.costs[open.done++] = machine.measure(0, nMeasured).cost;
    } while (open.done < SIDE * SIDE && performance.now() - before < milliseconds);
    machine.give(theta);
    if (open.done < SIDE * SIDE) return null;
    open = null;
    return surface;
  }
  return { keep, clear() { path = []; every = 0; open = null; }, begin, isOpen: () => open !== null, advance };
};
