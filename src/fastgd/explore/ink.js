"use strict";
// The rule of fastgd/ink/rule.py, by the same steps and numbers, for the page's canvas:
//   ink.digitInputs(pixels, height, width, channels, side = 28) -> Uint8Array(side * side), or null: blank.
// pixels: bytes, row by row, 1 (grey), 3 (RGB) or 4 (RGBA, as a canvas's ImageData.data) channels a pixel.
const ink = (() => {
  const SIDE = 28, DIGIT = 20, LEAST = 32, FULL = 250, FLAT = 32, LOOK = 112, FAINT = 6, UNITS = 16, EDGE = 24,
    SPECK = 20, DOT = 4, THIN = 1.2, PEN = 1.6;
  // An array of two dimensions, row by row.
  const grid = (rows, columns, values = new Float64Array(rows * columns)) => ({ rows, columns, values });
  function largest(values) {
    let most = 0;
    for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i];
    return most;
  }
  const rounded = (x) => Math.floor(x + 0.5);
  // By counting: all that is sorted here are whole numbers from 0 to 255 grey levels in UNITS.
  function sorted(values) {
    const counts = new Uint32Array(255 * UNITS + 1), out = new Float64Array(values.length);
    for (let i = 0; i < values.length; i++) counts[values[i]]++;
    for (let v = 0, end = 0; v < counts.length; v++) {
      if (counts[v]) out.fill(v, end, end + counts[v]);
      end += counts[v];
    }
    return out;
  }
  const middle = (values) => sorted(values)[values.length >> 1];

  function digitInputs(pixels, height, width, channels, side = SIDE) {
    const away = distances(pixels, height, width, channels);
    const asItIs = asMnistHasIt(away, side);
    if (asItIs) return asItIs;
    let look = lookedAt(away);
    if (!look) return null;
    const digit = Math.max(1, Math.floor((side * DIGIT) / SIDE));
    const cut = away.rows === side && away.columns === side ? filledUp(look, digit) : null;
    if (cut) return centred(withFullContrast(cut.part), side, cut.at);
    look = lookedAt(partOf(away, boxOf(look), look));
    if (!look) return null;
    look = withWideStrokes(look, digit);
    const fine = 2 * longerSide(boxOf(look)) > 3 * digit;
    const box = boxOf(look, Math.floor((largest(look.values) + 1) / (fine ? 2 : 4))), scale = digit / longerSide(box);
    const size = (n) => Math.max(1, rounded(scale * n));
    const small = averaged(cropped(look, box), size(box.bottom - box.top), size(box.right - box.left));
    return centred(fine ? withMnistsContrast(small) : withFullContrast(small), side);
  }

  // ---- 1 and 2: distance from paper
  function distances(pixels, rows, columns, channels) {
    if (channels === 4) return distances(...withoutAlpha(pixels, rows, columns));
    const paper = [], away = grid(rows, columns), edge = border(rows, columns);
    for (let c = 0; c < channels; c++) paper.push(middle(edge.map((i) => pixels[i * channels + c])));
    for (let i = 0; i < rows * columns; i++) {
      let squares = 0;
      for (let c = 0; c < channels; c++) squares += (pixels[i * channels + c] - paper[c]) ** 2;
      away.values[i] = Math.floor(Math.sqrt(squares / channels) + 0.5);
    }
    return away;
  }
  function withoutAlpha(pixels, rows, columns) {
    const n = rows * columns, alpha = new Uint8Array(n), mixed = new Uint8Array(3 * n);
    for (let i = 0; i < n; i++) alpha[i] = pixels[4 * i + 3];
    if (!alpha.some((a) => a < 255)) {
      for (let i = 0; i < n; i++) for (let c = 0; c < 3; c++) mixed[3 * i + c] = pixels[4 * i + c];
      return [mixed, rows, columns, 3];
    }
    const most = largest(alpha), seen = [...alpha.keys()].filter((i) => 2 * alpha[i] > most);
    const level = (of) => [0, 1, 2].map((c) => middle(of.map((i) => pixels[4 * i + c])));
    const ofInk = seen.length ? level(seen) : [];
    if (seen.every((i) => ofInk.every((v, c) => Math.abs(pixels[4 * i + c] - v) <= FLAT))) return [alpha, rows, columns, 1];
    const edge = border(rows, columns), opaque = edge.filter((i) => alpha[i] >= 128);
    let total = 0, paper;
    seen.forEach((i) => { total += pixels[4 * i] + pixels[4 * i + 1] + pixels[4 * i + 2]; });
    if (2 * opaque.length > edge.length) paper = level(opaque);
    else paper = Array(3).fill(2 * total > 255 * 3 * seen.length ? 0 : 255);
    for (let i = 0; i < n; i++)
      for (let c = 0; c < 3; c++)
        mixed[3 * i + c] = Math.floor((2 * (pixels[4 * i + c] * alpha[i] + paper[c] * (255 - alpha[i])) + 255) / 510);
    return [mixed, rows, columns, 3];
  }
  // Where the outermost pixels are; those of a single row or column come twice.
  function border(rows, columns) {
    const at = [];
    for (let c = 0; c < columns; c++) at.push(c);
    for (let c = 0; c < columns; c++) at.push((rows - 1) * columns + c);
    for (let r = 1; r < rows - 1; r++) at.push(r * columns, r * columns + columns - 1);
    return at;
  }

  // ---- 3, 8 and 9: where MNIST's digits lie in their images
  function asMnistHasIt(away, side) {
    const most = largest(away.values);
    if (away.rows !== side || away.columns !== side || most < LEAST) return null;
    if (!centre(away).every((at) => at >= side / 2 && at < side / 2 + 1)) return null;
    if (longerSide(boxOf(away, 1)) > Math.floor((side * DIGIT) / SIDE)) return null;
    return Uint8Array.from((most >= FULL ? away : withFullContrast(away)).values);
  }
  function centre({ rows, columns, values }) {
    let mass = 0, down = 0, right = 0;
    for (let i = 0; i < rows * columns; i++) {
      mass += values[i];
      down += values[i] * (2 * Math.floor(i / columns) + 1);
      right += values[i] * (2 * (i % columns) + 1);
    }
    return [down / (2 * mass), right / (2 * mass)];
  }
  function centred(part, side, at = centre(part)) {
    const place = (n, middle) => Math.min(Math.max(Math.ceil(side / 2 - middle), 0), side - n);
    const top = place(part.rows, at[0]), left = place(part.columns, at[1]), page = new Uint8Array(side * side);
    part.values.forEach((v, i) => {
      page[(top + Math.floor(i / part.columns)) * side + left + (i % part.columns)] = v;
    });
    return page;
  }
  function filledUp(look, digit) {
    const box = boxOf(look), longer = longerSide(box), side = look.rows, part = cropped(look, box);
    if (longer < Math.floor(digit / 2) || longer >= digit) return null;
    for (const [axis, start, end] of [[0, box.top, box.bottom], [1, box.left, box.right]]) {
      if (start !== 0 && end !== side) continue;
      const nThere = end - start, nMissing = digit - nThere, before = start === 0 ? nMissing : 0;
      const at = centre(part), ofMissing = start === 0 ? nMissing / 2 : digit - nMissing / 2;
      at[axis] = ((at[axis] + before) * nThere + ofMissing * nMissing) / digit;
      const top = axis === 0 ? before : 0, left = axis === 1 ? before : 0;
      const whole = grid(axis === 0 ? digit : part.rows, axis === 1 ? digit : part.columns);
      put(part, whole, top, left);
      return { part: whole, at };
    }
    return null;
  }
  function withMnistsContrast({ rows, columns, values }) {
    const inked = sorted(values.filter((v) => v > 0)), most = inked[Math.floor((7 * inked.length) / 10)];
    return grid(rows, columns, values.map((v) => Math.min(255, Math.floor((510 * v + most) / (2 * most)))));
  }
  function withFullContrast({ rows, columns, values }) {
    const most = largest(values);
    return grid(rows, columns, values.map((v) => Math.floor((510 * v + most) / (2 * most))));
  }

  // ---- 4 to 6: what is ink, and what of it is the digit
  function lookedAt(away) {
    const scale = Math.max(1, Math.max(away.rows, away.columns) / LOOK), size = (n) => Math.max(1, rounded(n / scale));
    const look = stretched(averaged(away, size(away.rows), size(away.columns)));
    if (!look) return null;
    const { pieces, n } = piecesOf(look), mass = new Float64Array(n + 1), dirt = new Uint8Array(n + 1);
    pieces.forEach((piece, i) => { if (piece) mass[piece] += look.values[i]; });
    const most = largest(mass), digit = mass.indexOf(most);
    if (longerSide(boxOf(grid(look.rows, look.columns, pieces.map((piece) => piece === digit)), 1)) < DOT) return null;
    mass.forEach((m, piece) => { dirt[piece] = m * SPECK < most; });
    border(look.rows, look.columns).forEach((i) => { if (2 * mass[pieces[i]] < most) dirt[pieces[i]] = 1; });
    dirt[0] = 0;
    return grid(look.rows, look.columns, look.values.map((v, i) => (dirt[pieces[i]] ? 0 : v)));
  }
  function averaged(from, rows, columns) {
    const sums = turned(sumsOfRows(turned(sumsOfRows(from, rows)), columns));
    const area = (from.rows / rows) * (from.columns / columns);
    return grid(rows, columns, sums.values.map((sum) => Math.floor((sum / area) * UNITS + 0.500001)));
  }
  function turned({ rows, columns, values }) {
    const out = grid(columns, rows);
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out.values[c * rows + r] = values[r * columns + c];
    return out;
  }
  function sumsOfRows({ rows, columns, values }, n) {
    const until = new Float64Array((rows + 1) * columns), out = grid(n, columns);
    for (let i = 0; i < rows * columns; i++) until[i + columns] = until[i] + values[i];
    const to = (i, c) => {
      const end = (i * rows) / n, whole = Math.floor(end);
      return until[whole * columns + c] + (end - whole) * values[Math.min(whole, rows - 1) * columns + c];
    };
    for (let i = 0; i < n; i++) for (let c = 0; c < columns; c++) out.values[i * columns + c] = to(i + 1, c) - to(i, c);
    return out;
  }
  function stretched({ rows, columns, values }) {
    const ordered = sorted(values);
    const mean = (part) => { let sum = 0; for (let i = 0; i < part.length; i++) sum += part[i]; return sum / part.length; };
    const last = ordered.length - 1;
    if (ordered[0] === ordered[last]) return null;
    let threshold = (ordered[0] + ordered[last]) / 2, before = null, below, above;
    while (threshold !== before) {
      const first = ordered.findIndex((v) => v > threshold);
      below = ordered.subarray(0, first);
      above = ordered.subarray(first);
      before = threshold;
      threshold = (mean(below) + mean(above)) / 2;
    }
    const paper = middle(below), low = paper + 3 * middle(below.map((v) => Math.abs(v - paper)));
    const contrast = above[Math.floor((9 * above.length) / 10)] - low;
    if (contrast < FAINT * UNITS) return null;
    const level = (v) => Math.min(255, Math.max(0, Math.floor((510 * (v - low) + contrast) / (2 * contrast))));
    return grid(rows, columns, values.map(level));
  }
  function piecesOf({ rows, columns, values }) {
    const pieces = new Int32Array(rows * columns);
    let n = 0;
    for (let start = 0; start < pieces.length; start++) {
      if (pieces[start] || values[start] < EDGE) continue;
      pieces[start] = ++n;
      const reached = [start];
      while (reached.length) {
        const at = reached.pop(), row = Math.floor(at / columns), column = at % columns;
        for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++)
          for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) {
            const i = r * columns + c;
            if (!pieces[i] && values[i] >= EDGE) { pieces[i] = n; reached.push(i); }
          }
      }
    }
    return { pieces, n };
  }
  function boxOf({ rows, columns, values }, least = EDGE) {
    const box = { top: rows, bottom: 0, left: columns, right: 0 };
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        if (values[r * columns + c] < least) continue;
        box.top = Math.min(box.top, r); box.bottom = r + 1;
        box.left = Math.min(box.left, c); box.right = Math.max(box.right, c + 1);
      }
    return box;
  }
  const longerSide = (box) => Math.max(box.bottom - box.top, box.right - box.left);
  function cropped({ columns, values }, { top, bottom, left, right }) {
    const part = grid(bottom - top, right - left);
    for (let r = top; r < bottom; r++) part.values.set(values.subarray(r * columns + left, r * columns + right), (r - top) * part.columns);
    return part;
  }
  function put(part, whole, top, left) {
    for (let r = 0; r < part.rows; r++)
      whole.values.set(part.values.subarray(r * part.columns, (r + 1) * part.columns), (r + top) * whole.columns + left);
  }
  function partOf(away, box, look) {
    const first = (at, of, n) => Math.max(0, Math.floor(((at - 2) * of) / n));
    const end = (at, of, n) => Math.min(of, Math.ceil(((at + 2) * of) / n));
    return cropped(away, {
      top: first(box.top, away.rows, look.rows), bottom: end(box.bottom, away.rows, look.rows),
      left: first(box.left, away.columns, look.columns), right: end(box.right, away.columns, look.columns),
    });
  }

  // ---- 7: strokes as wide as a pen's
  function withWideStrokes(look, digit) {
    const scale = longerSide(boxOf(look)) / digit, width = strokeWidth(look);
    if (width >= THIN * scale) return look;
    const n = Math.ceil((PEN * scale - width) / 2);
    let wide = grid(look.rows + 2 * n, look.columns + 2 * n);
    put(look, wide, n, n);
    for (let i = 0; i < n; i++) wide = spread(wide, i % 2 === 1);
    return wide;
  }
  function strokeWidth({ rows, columns, values }) {
    const most = largest(values), isInk = (r, c) => r >= 0 && c >= 0 && r < rows && c < columns && 2 * values[r * columns + c] >= most;
    let area = 0, inner = 0;
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        if (!isInk(r, c)) continue;
        area++;
        if (isInk(r - 1, c) && isInk(r + 1, c) && isInk(r, c - 1) && isInk(r, c + 1)) inner++;
      }
    return (2 * area) / (area - inner);
  }
  function spread({ rows, columns, values }, corners) {
    const wide = grid(rows, columns);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        let most = 0;
        for (let i = Math.max(0, r - 1); i <= Math.min(rows - 1, r + 1); i++)
          for (let j = Math.max(0, c - 1); j <= Math.min(columns - 1, c + 1); j++)
            if (corners || i === r || j === c) most = Math.max(most, values[i * columns + j]);
        wide.values[r * columns + c] = most;
      }
    return wide;
  }

  return { digitInputs };
})();
