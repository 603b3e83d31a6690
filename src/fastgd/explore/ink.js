"use strict";
// The rule of fastgd/ink.py, step by step, for the page's canvas:
//   ink.digitInputs(pixels, height, width, channels, side = 28) -> Uint8Array(side * side) or null (blank)
// pixels: bytes, row by row, 1 (grey), 3 (RGB) or 4 (RGBA, a canvas's ImageData.data) channels a pixel.
const ink = (() => {
  function digitInputs(pixels, height, width, channels, side = 28) {
    throw new Error("to come");
  }
  return { digitInputs };
})();
