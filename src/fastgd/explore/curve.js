// The cost along the descent, with axes: recorded, and live on training and test images.
(() => {
  const { data, nKept } = network, canvas = at("curve"), LEFT = 40, BOTTOM = 30, TOP = 14, RIGHT = 10;
  const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
  function show(now) {
    const { context, width, height } = colours.sharp(canvas), live = now.history || [];
    if (!width) return;
    const text = colours.theme("text"), quiet = colours.theme("quiet"), edge = colours.theme("edge");
    const recorded = nKept > 1 ? data.epochs.map((e, i) => [e, data.costs[i]]) : [];
    const all = [...recorded.map((p) => p[1]), ...live.flatMap((p) => (p.test === null ? [p.train] : [p.train, p.test]))].filter((c) => c > 0 && Number.isFinite(c));
    const low = Math.min(...all, 1) * 0.9, high = Math.max(...all, low * 2) * 1.1;
    const most = Math.max(recorded.length ? recorded.at(-1)[0] : 0, live.length ? live.at(-1).epoch : 0, 1);
    const x = (epoch) => LEFT + (epoch / most) * (width - LEFT - RIGHT);
    const y = (cost) => TOP + (1 - Math.log(cost / low) / Math.log(high / low)) * (height - TOP - BOTTOM);
    context.font = "12px system-ui, sans-serif";
    context.lineWidth = 1;
    context.textBaseline = "middle";
    context.textAlign = "right";
    TICKS.filter((t) => t > low && t < high).forEach((t) => {
      context.strokeStyle = edge;
      context.beginPath();
      context.moveTo(LEFT, y(t));
      context.lineTo(width - RIGHT, y(t));
      context.stroke();
      context.fillStyle = quiet;
      context.fillText(t, LEFT - 5, y(t));
    });
    context.textBaseline = "alphabetic";
    context.textAlign = "center";
    [0, 0.5, 1].forEach((share) => {
      const epoch = most * share, said = epoch < 10 && epoch % 1 ? epoch.toFixed(1) : Math.round(epoch);
      context.textAlign = share === 1 ? "right" : "center";
      context.fillText(said, x(epoch), height - BOTTOM + 15);
    });
    context.textAlign = "left";
    context.fillText("cost (log)", 2, TOP);
    context.textAlign = "center";
    context.fillText("epoch", LEFT + (width - LEFT) / 2, height - 3);
    const path = (points, colour, wide, dash = []) => {
      context.strokeStyle = colour;
      context.lineWidth = wide;
      context.setLineDash(dash);
      context.beginPath();
      points.forEach(([e, c]) => { if (c > 0) context.lineTo(x(e), y(c)); });
      context.stroke();
      context.setLineDash([]);
    };
    path(recorded, quiet, 1.5);
    path(live.map((p) => [p.epoch, p.train]), text, 2);
    path(live.filter((p) => p.test !== null).map((p) => [p.epoch, p.test]), text, 1.5, [4, 3]);
    // a key, at the right above
    const key = [recorded.length && ["recorded", quiet, 1.5, []], live.length && ["training", text, 2, []], live.length && live[0].test !== null && ["test", text, 1.5, [4, 3]]].filter(Boolean);
    let right = width - RIGHT;
    context.textAlign = "right";
    context.textBaseline = "middle";
    key.reverse().forEach(([name, colour, wide, dash]) => {
      context.fillStyle = text;
      context.fillText(name, right, TOP - 5);
      right -= context.measureText(name).width + 6;
      context.strokeStyle = colour;
      context.lineWidth = wide;
      context.setLineDash(dash);
      context.beginPath();
      context.moveTo(right - 18, TOP - 5);
      context.lineTo(right, TOP - 5);
      context.stroke();
      context.setLineDash([]);
      right -= 30;
    });
    context.textBaseline = "alphabetic";
    const here = now.at.kept !== undefined && recorded.length ? recorded[now.at.kept] : live.length ? [live.at(-1).epoch, live.at(-1).train] : null;
    if (here && here[1] > 0) {
      context.beginPath();
      context.arc(x(here[0]), y(here[1]), 5, 0, 7);
      context.fillStyle = colours.GOLD;
      context.fill();
      context.strokeStyle = text;
      context.lineWidth = 1.5;
      context.stroke();
    }
    const ends = (name, points) => (points.length ? `${name} from ${short(points[0][1])} to ${short(points.at(-1)[1])}` : "");
    canvas.setAttribute("aria-label", `Cost by epoch, on a logarithmic axis: ${[ends("recorded", recorded), ends("live", live.map((p) => [p.epoch, p.train]))].filter(Boolean).join("; ") || "nothing yet"}`);
  }
  state.view(["at", "history", "size"], show, 300);
})();
