"use strict";
// The cost surface as a map with contours: a runs right, b runs up, both from -1 to 1.
//
//   const map = Ground.create(canvas, {side, costs, path, names})
//     side, costs   View.plane's: costs[i * side + j] at b_i, a_j
//     path          {a, b}: the recorded descent, from its start to its end; or null
//     names         {a, b}: what stands at the axes; left out: nothing
//   map.draw()              all anew: after a change of size or of colours
//   map.show(surface)       another surface, alike; the trail begins anew
//   map.ball(a, b)          the ball is there, kept within the plane, and leaves a trail;
//                           -> {a, b, cost, inside}, the cost being the ground's below it
//   map.clear()             the trail begins anew
//   map.end()
// The canvas takes its size from CSS.
const Ground = (() => {
  const LEVELS = 14;

  // Where a contour of `level` crosses the squares of the grid: pairs of points in grid units.
  function contour(values, side, level, visit) {
    const cross = (p, q) => (level - p) / (q - p);
    for (let i = 0; i + 1 < side; i++)
      for (let j = 0; j + 1 < side; j++) {
        const k = i * side + j, corners = [values[k], values[k + 1], values[k + side + 1], values[k + side]];
        const [p, q, r, s] = corners, above = corners.map((c) => c > level);
        const ends = [];
        if (above[0] !== above[1]) ends.push([j + cross(p, q), i]);
        if (above[1] !== above[2]) ends.push([j + 1, i + cross(q, r)]);
        if (above[2] !== above[3]) ends.push([j + cross(s, r), i + 1]);
        if (above[3] !== above[0]) ends.push([j, i + cross(p, s)]);
        for (let e = 0; e + 1 < ends.length; e += 2) visit(ends[e], ends[e + 1]);
      }
  }
  const held = (x) => Math.min(1, Math.max(-1, x));
  // Where the ball stands on a surface; both pictures tell it so.
  function standing(surface, a, b) {
    const inside = Math.abs(a) <= 1 && Math.abs(b) <= 1;
    return { a: held(a), b: held(b), cost: View.costAt(surface, a, b), inside };
  }
  // Adds a point that is far enough from the last; of too many every second one goes.
  function trailed(trail, point, most, apart) {
    const last = trail.at(-1);
    if (last && Math.hypot(last.a - point.a, last.b - point.b) < apart) return;
    trail.push(point);
    if (trail.length > most) trail.splice(0, trail.length, ...trail.filter((_, i) => i % 2 === 0));
  }

  function create(canvas, given) {
    let surface = given, background = null, at = null, trail = [], frame = null;
    const context = canvas.getContext("2d");
    let unit = 1, left = 0, size = 1;
    const x = (a) => left + ((a + 1) / 2) * size, y = (b) => ((1 - b) / 2) * size;

    function measure() {
      unit = View.sharpness();
      const width = Math.round(canvas.clientWidth * unit) || 300, height = Math.round(canvas.clientHeight * unit) || width;
      canvas.width = width;
      canvas.height = height;
      left = surface.names ? 22 * unit : 0;
      size = Math.max(1, Math.min(width - left, height - left));
    }
    function paintBackground() {
      const { side, costs, path, names } = surface, heights = View.heights(costs), theme = View.theme();
      const values = Array.from(costs, heights.of), small = document.createElement("canvas");
      small.width = small.height = side;
      const inSmall = small.getContext("2d"), image = inSmall.createImageData(side, side);
      values.forEach((value, k) => {
        const row = side - 1 - Math.floor(k / side);
        image.data.set([...View.viridis(value), 255], 4 * (row * side + (k % side)));
      });
      inSmall.putImageData(image, 0, 0);
      background = document.createElement("canvas");
      background.width = canvas.width;
      background.height = canvas.height;
      const paint = background.getContext("2d"), pixel = size / (side - 1);
      paint.save();
      paint.beginPath();
      paint.rect(left, 0, size, size);
      paint.clip();
      paint.imageSmoothingQuality = "high";
      // A cost belongs to a pixel's centre: the outermost centres lie on the map's edges.
      paint.drawImage(small, left - pixel / 2, -pixel / 2, side * pixel, side * pixel);
      for (let level = 1; level < LEVELS; level++) {
        paint.beginPath();
        contour(values, side, level / LEVELS, ([x1, y1], [x2, y2]) => {
          paint.moveTo(left + x1 * pixel, size - y1 * pixel);
          paint.lineTo(left + x2 * pixel, size - y2 * pixel);
        });
        paint.strokeStyle = level / LEVELS < 0.6 ? "rgba(255,255,255,0.35)" : "rgba(0,0,0,0.3)";
        paint.lineWidth = unit;
        paint.stroke();
      }
      if (path) {
        line(paint, Array.from(path.a, (a, i) => ({ a, b: path.b[i] })), "rgba(255,255,255,0.9)", 1.5);
        mark(paint, path.a[0], path.b[0], "start");
        mark(paint, path.a.at(-1), path.b.at(-1), "end");
      }
      paint.restore();
      if (names) axes(paint, names, theme);
    }
    function line(paint, points, colour, width) {
      paint.beginPath();
      points.forEach(({ a, b }) => paint.lineTo(x(a), y(b)));
      paint.strokeStyle = colour;
      paint.lineWidth = width * unit;
      paint.lineJoin = "round";
      paint.stroke();
    }
    function mark(paint, a, b, word) {
      paint.beginPath();
      paint.arc(x(a), y(b), 3.5 * unit, 0, 7);
      paint.fillStyle = "#ffffff";
      paint.strokeStyle = "#101216";
      paint.lineWidth = unit;
      paint.fill();
      paint.stroke();
      paint.font = `600 ${12 * unit}px system-ui, sans-serif`;
      const onRight = a > 0.6, below = b > 0.8;
      paint.textAlign = onRight ? "right" : "left";
      paint.textBaseline = "middle";
      const place = [word, x(a) + (onRight ? -8 : 8) * unit, y(b) + (below ? 10 : -8) * unit];
      paint.lineWidth = 3 * unit;
      paint.strokeStyle = "rgba(16,18,22,0.8)";
      paint.strokeText(...place);
      paint.fillText(...place);
    }
    function axes(paint, names, theme) {
      paint.fillStyle = paint.strokeStyle = theme.quiet;
      paint.font = `${11 * unit}px system-ui, sans-serif`;
      paint.textBaseline = "middle";
      [-1, 0, 1].forEach((value) => {
        const word = String(value).replace("-", "\u2212");
        paint.textAlign = value < 0 ? "left" : value > 0 ? "right" : "center";
        paint.fillText(word, x(value), size + 11 * unit);
        paint.textAlign = "right";
        paint.fillText(word, left - 5 * unit, Math.min(size - 6 * unit, Math.max(6 * unit, y(value))));
      });
      paint.textAlign = "center";
      paint.fillText(names.a, x(0.5), size + 11 * unit, size / 2 - 30 * unit);
      paint.translate(left - 9 * unit, y(0.5));
      paint.rotate(-Math.PI / 2);
      paint.fillText(names.b, 0, 0, size / 2 - 24 * unit);
      paint.resetTransform();
    }
    function paintAll() {
      frame = null;
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.drawImage(background, 0, 0);
      if (!at) return;
      context.save();
      context.beginPath();
      context.rect(left, 0, size, size);
      context.clip();
      line(context, [...trail, at], "#101216", 4);
      line(context, [...trail, at], "#ff9e33", 2.5);
      context.restore();
      const inCanvas = (p, to) => Math.min(to - 8 * unit, Math.max(8 * unit, p));
      context.beginPath();
      context.arc(inCanvas(x(at.a), canvas.width), inCanvas(y(at.b), canvas.height), 7 * unit, 0, 7);
      context.fillStyle = at.inside ? "#ffd54a" : "#c9ced6";
      context.strokeStyle = "#101216";
      context.lineWidth = 2.5 * unit;
      context.fill();
      context.stroke();
    }
    const later = () => { frame ??= requestAnimationFrame(paintAll); };
    const made = {
      draw() { measure(); paintBackground(); later(); },
      show(other) { surface = other; trail = []; at = null; made.draw(); },
      ball(a, b) {
        at = standing(surface, a, b);
        trailed(trail, at, 2000, 0.004);
        later();
        return at;
      },
      clear() { trail = []; later(); },
      end() { cancelAnimationFrame(frame); },
    };
    made.draw();
    return made;
  }
  return { create, standing, trailed };
})();
