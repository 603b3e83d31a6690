// The cost surface under the descent, a landscape or a map, and the ball where the descent is. The
// plane is the recorded descent's; of another start it is the one that this start moved in most.
const terrain = (() => {
  const { data } = network, canvas = at("surface");
  const part = (share) => `${(100 * share).toFixed(0)} %`;
  if (!data.surface) {
    at("terrain").hidden = at("plane").hidden = true;
    return { plane: null, showOwn() {}, showRecorded() {} };
  }
  const recorded = View.plane(data.surface);
  const { side, costs, names, path } = recorded;
  recorded.drawn = { side, costs, names, path: path.a.length > 1 ? path : null };
  let picture = null, shown = recorded, last = null, where = null, inside = true;
  // Made when the page has been drawn: to wake a graphics card takes a while.
  requestAnimationFrame(() => setTimeout(() => {
    picture = Relief.create(canvas, shown.drawn);
    state.set({ surface: picture.flat ? "map" : "landscape", size: true });
  }, 0));

  function showRecorded() {
    if (shown === recorded) return;
    shown = recorded;
    picture?.show(recorded.drawn);
  }
  function showOwn(surface) {
    const [first, second] = surface.shares.map(part), names = { a: `1st: ${first}`, b: `2nd: ${second}` };
    shown = { ...surface, drawn: { ...surface, names }, name: `The two principal directions of this start's descent so far, ${first} and ${second} of its movement.` };
    picture?.show(shown.drawn);
    state.set({ at: state.now.at });
  }
  function show(now) {
    if (!picture || !colours.sizeOf(canvas).width) return;   // a panel that is not open has no width
    const { kept, point } = now.at, { a, b } = recorded.path;
    const to = kept !== undefined ? { a: a[kept], b: b[kept], distance: recorded.distances[kept] } : point;
    if (!to) return;
    if (kept !== undefined && last !== "kept") picture.clear();
    last = kept === undefined ? "live" : "kept";
    inside = picture.ball(to.a, to.b).inside;
    where = to;
  }
  function tell() {
    if (!where) return;
    const { low, high, log } = View.heights(shown.costs), to = where;
    canvas.setAttribute("aria-label", `The cost on a plane, ${picture.flat ? "a map" : "a landscape that arrow keys turn"}: from ${short(low)} to ${short(high)}. The ball is at ${to.a.toFixed(2)}, ${to.b.toFixed(2)}.`);
    at("plane").textContent = `${shown.name} Cost ${short(low)} to ${short(high)}${log ? ", log height" : ""}. `
      + (inside ? `The ball is ${short(to.distance < 1e-6 ? 0 : to.distance)} off this plane.` : "This descent has left the plane: the ball waits at its edge.");
  }
  state.view(["size"], () => picture?.draw());
  state.view(["at", "size"], show, 33);
  state.view(["at", "size"], tell, 200);
  return { plane: recorded, showOwn, showRecorded };
})();
