// The cost surface under the descent: as a landscape where the browser has WebGL, else as a map; the
// ball is where the descent is.
const terrain = (() => {
  const { data } = network, canvas = at("surface");
  if (!data.surface) {
    at("terrain").hidden = at("plane").hidden = true;
    return { plane: null };
  }
  const plane = View.plane(data.surface), { a, b } = data.surface.path;
  const path = a.length > 1 ? { a, b } : null, given = { side: plane.side, costs: plane.costs, path, names: plane.names };
  const picture = Relief.create(canvas, given);
  const { low, high, log } = View.heights(plane.costs);
  let last = null;
  function show(now) {
    const { kept, point } = now.at;
    const to = kept !== undefined ? { a: a[kept], b: b[kept], distance: data.surface.distances[kept] } : point;
    if (!to) return;
    if (kept !== undefined && last !== "kept") picture.clear();
    last = kept === undefined ? "live" : "kept";
    picture.ball(to.a, to.b);
    const inside = Math.abs(to.a) <= 1 && Math.abs(to.b) <= 1;
    canvas.setAttribute("aria-label", `The cost on a plane, ${picture.flat ? "a map" : "a landscape that arrow keys turn"}: from ${short(low)} to ${short(high)}. The ball is at ${to.a.toFixed(2)}, ${to.b.toFixed(2)}.`);
    at("plane").textContent = `${data.surface.name} Cost ${short(low)} to ${short(high)}${log ? ", log height" : ""}. `
      + (inside ? `The ball is ${short(to.distance < 1e-6 ? 0 : to.distance)} off this plane.` : "This descent leaves the plane: the ball waits at its edge.");
  }
  state.view(["at"], show);
  state.view(["size"], () => picture.draw());
  return { plane };
})();
