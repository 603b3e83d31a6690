// Where each part of the network stands on the board, for any layer sizes: layers as columns where
// the board is wide, as bands below each other on a phone, whose neurons are 44 px targets.
//
//   layout.place(width, height, small) -> {image: {x, y, size}, neurons: [{layer, neuron, x, y, r, cell: [w, h]}],
//     of(layer, neuron), lines: [{layer, neuron, from}], titles: [{x, y, text, align}], bars, small}
//   layout.needed(width) -> the height of a board of bands
const layout = (() => {
  const { sizes, last, side } = network;
  const MOST = 128, TARGET = 44, GAP = 8, IMAGE = 48;
  const shown = sizes.map((n, l) => (l ? Math.min(n, MOST) : 0));
  const isBarred = sizes[last] <= 12;
  const plural = (n, one) => `${grouped(n)} ${one}${n === 1 ? "" : "s"}`;
  function title(l) {
    if (l === 0) return `${side} \u00d7 ${side} pixels`;
    const more = sizes[l] - shown[l];
    return (l === last ? plural(sizes[l], "output") : plural(sizes[l], "neuron")) + (more ? `, ${more} not shown` : "");
  }

  // Rows of a band on a phone: cells of 44 px, or as large as so many leave room for.
  function band(n, width) {
    const rows = n * TARGET <= width ? 1 : 2, columns = Math.ceil(n / rows);
    if (columns * TARGET <= width) return { rows, columns, w: Math.min(width / columns, 72), h: TARGET };
    let r = rows;
    while (width / Math.ceil(n / r) < (2 * TARGET) / r) r++;
    return { rows: r, columns: Math.ceil(n / r), w: width / Math.ceil(n / r), h: (2 * TARGET) / r };
  }
  const bandOf = (l, width) => (l === last && isBarred
    ? { rows: Math.ceil(shown[l] / 5), columns: Math.min(5, shown[l]), w: width / Math.min(5, shown[l]), h: TARGET }
    : band(shown[l], width));
  const needed = (width) => shown.slice(1).reduce((sum, _, i) => {
    const { rows, h } = bandOf(i + 1, width - 8);
    return sum + rows * h + GAP;
  }, IMAGE + 8);

  function bands(width, height) {
    const neurons = [], left = Math.max(0, height - needed(width)), grown = Math.min(110, 0.45 * left), spare = (left - grown) / last;
    let y = 4;
    const size = IMAGE + grown, image = { x: width / 2 - size / 2, y, size };
    y += size + spare;
    for (let l = 1; l <= last; l++) {
      const { rows, columns, w, h } = bandOf(l, width - 8);
      y += GAP;
      for (let j = 0; j < shown[l]; j++) {
        const row = Math.floor(j / columns), inRow = Math.min(columns, shown[l] - row * columns), barred = l === last && isBarred;
        const from = width / 2 - (inRow * w) / 2 + (j % columns) * w;
        neurons.push({
          layer: l, neuron: j, x: barred ? from + 16 : from + w / 2, y: y + (row + 0.5) * h,
          r: Math.min(13, 0.36 * w, 0.36 * h), cell: [w, h], corner: [from, y + row * h],
        });
      }
      y += rows * h + (l < last ? spare : 0);
    }
    return { image, neurons, titles: [], barWidth: bandOf(last, width - 8).w - 44 };
  }

  function columnsOf(width, height) {
    const neurons = [], titles = [], TOP = 30, room = height - TOP - 10, PITCH = 24;
    const many = shown.map((n) => (n ? Math.ceil((n * PITCH) / room) : 0));
    const bars = isBarred ? Math.min(150, 0.2 * width) : 50;
    const blocks = many.slice(1).reduce((sum, c) => sum + (c - 1) * PITCH, 0);
    // as large as leaves 70 px between the layers
    const most = last === 1 ? 300 : 180, size = Math.max(84, Math.min(most, (last === 1 ? 0.45 : 0.26) * width, 0.6 * room, width - bars - blocks - 70 * last - 28));
    const image = { x: 12, y: TOP + room / 2 - size / 2, size };
    const from = image.x + size, between = (width - bars - 16 - from - blocks) / last;
    titles.push({ x: image.x + size / 2, align: "center", y: image.y - 10, text: title(0) });
    let x = from + between - 20;
    for (let l = 1; l <= last; l++) {
      const rows = Math.ceil(shown[l] / many[l]), pitch = Math.min(52, room / rows);
      const r = Math.min(15, 0.4 * pitch, many[l] > 1 ? 0.36 * PITCH : 15);
      for (let j = 0; j < shown[l]; j++) {
        const column = Math.floor(j / rows), inColumn = Math.min(rows, shown[l] - column * rows);
        const cx = x + column * PITCH, cy = TOP + room / 2 + ((j % rows) - (inColumn - 1) / 2) * pitch;
        const w = many[l] > 1 ? PITCH : Math.min(TARGET, Math.max(PITCH, between - 8)), h = Math.min(TARGET, pitch);
        neurons.push({ layer: l, neuron: j, x: cx, y: cy, r, cell: [w, h], corner: [cx - w / 2, cy - h / 2] });
      }
      const middle = x + ((many[l] - 1) * PITCH) / 2;
      titles.push({ x: l === last ? x - r : middle, align: l === last ? "left" : "center", y: Math.min(TOP - 12, TOP + room / 2 - (rows * pitch) / 2 - 8), text: title(l) });
      x += (many[l] - 1) * PITCH + between;
    }
    return { image, neurons, titles, barWidth: bars - 60 };
  }

  const firstOf = shown.map((_, l) => shown.slice(0, l).reduce((sum, n) => sum + n, 0));
  const lines = [];
  for (let layer = 2; layer <= last; layer++)
    for (let neuron = 0; neuron < shown[layer]; neuron++)
      for (let from = 0; from < shown[layer - 1]; from++) lines.push({ layer, neuron, from });
  function place(width, height, small) {
    const placed = small ? bands(width, height) : columnsOf(width, height);
    return { ...placed, small, width, height, of: (layer, neuron) => placed.neurons[firstOf[layer] + neuron] };
  }
  return { place, needed, lines, shown, isBarred };
})();
