"use strict";
// The words that stand about relief.js's block, on a canvas of their own: start and end of the
// recorded descent, the axes' names at the edges nearest to the eye, lowest and highest cost at a
// corner.
//
//   paintSigns(sheet, {surface, yaw, groundAt, onScreen, heights, high, base, theme})
//     groundAt(a, b) -> z; onScreen(a, b, z) -> [x, y] on the sheet; high, base: the block's z
const paintSigns = (sheet, { surface, yaw, groundAt, onScreen, heights, high, base, theme }) => {
  const paint = sheet.getContext("2d"), scale = View.sharpness(), { text, quiet, ground } = theme, { path, names } = surface;

  function write(word, [x, y], colour, align) {
    const width = paint.measureText(word).width, margin = 3 * scale;
    const left = align === "left" ? x : align === "right" ? x - width : x - width / 2;
    const place = [word, Math.max(margin, Math.min(sheet.width - width - margin, left)), y];
    Object.assign(paint, { lineWidth: 3 * scale, strokeStyle: ground, fillStyle: colour });
    paint.strokeText(...place);
    paint.fillText(...place);
  }
  function pole(a, b, from, to, colour) {
    paint.beginPath();
    paint.moveTo(...onScreen(a, b, from));
    paint.lineTo(...onScreen(a, b, to));
    Object.assign(paint, { strokeStyle: colour, lineWidth: 1.5 * scale });
    paint.stroke();
  }
  function ends() {
    paint.font = `600 ${12 * scale}px system-ui, sans-serif`;
    [["start", 0], ["end", path.a.length - 1]].forEach(([word, i]) => {
      const a = path.a[i], b = path.b[i], foot = groundAt(a, b), [x, y] = onScreen(a, b, foot + 0.2);
      pole(a, b, foot, foot + 0.2, text);
      write(word, [x, y - 8 * scale], text, "center");
    });
  }
  function axes() {
    paint.font = `${11 * scale}px system-ui, sans-serif`;
    const nearA = Math.cos(yaw) > 0 ? -1.05 : 1.05, nearB = Math.sin(yaw) > 0 ? 1.05 : -1.05;
    [[names.a, 0, nearA], [names.b, nearB, 0]].forEach(([name, a, b]) => {
      const [x, y] = onScreen(a, b, base);
      write(name, [x, y + 12 * scale], quiet, x > sheet.width / 2 ? "left" : "right");
    });
    // the outermost corner on the side that is further from the start's word
    const across = [[-1, -1], [1, -1], [1, 1], [-1, 1]].sort((p, q) => onScreen(...p, 0)[0] - onScreen(...q, 0)[0]);
    const onLeft = !path || onScreen(path.a[0], path.b[0], high)[0] > sheet.width / 3;
    const [a, b] = across[onLeft ? 0 : 3].map((x) => 1.03 * x), shift = (onLeft ? -6 : 6) * scale;
    pole(a, b, 0, high, quiet);
    [["cost ", heights.high, high], ["", heights.low, 0]].forEach(([word, cost, z]) => {
      const [x, y] = onScreen(a, b, z);
      write(word + Number(cost.toPrecision(2)), [x + shift, y], quiet, onLeft ? "right" : "left");
    });
  }
  paint.clearRect(0, 0, sheet.width, sheet.height);
  Object.assign(paint, { lineJoin: "round", textBaseline: "middle" });
  if (path) ends();
  if (names) axes();
};
