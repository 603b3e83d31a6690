"use strict";
// The cost surface as a landscape with a ball on it, in WebGL; drag, pinch or arrow keys turn it.
//
//   const relief = Relief.create(canvas, {side, costs, path})   as Ground; null where the browser
//                                           has no WebGL: take Ground instead
//   relief.draw()  .show(surface)  .ball(a, b)  .clear()  .end()   as Ground's
//   relief.turn(sideways, upwards)          in radians; what dragging does
//   relief.reset()                          the first view
// The canvas wants tabindex="0"; its keys: arrows turn, + and - come nearer and go away, Home resets.
// With prefers-reduced-motion the ball jumps where it would roll.
