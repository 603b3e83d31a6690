"use strict";
// The cost surface as a map with contours: a runs right, b runs up, both from -1 to 1.
//
//   const map = Ground.create(canvas, {side, costs, path})
//     side, costs   View.plane's: costs[i * side + j] at b_i, a_j
//     path          {a, b}: the recorded descent, or null
//   map.draw()            all anew: after a change of size, colours or data
//   map.show({side, costs, path})   another surface
//   map.ball(a, b)        the ball is there, kept within the plane; -> {a, b, cost, inside}
//   map.clear()           the ball's trail begins anew
//   map.end()
// The canvas takes its size from CSS. Relief has the same methods.
