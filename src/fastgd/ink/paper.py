"""Steps 1 and 2 of the rule: how far each pixel is from paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLAT = 32  # grey levels by which the ink of one colour differs from itself


def pixels_of(picture: Any) -> NDArray[np.uint8]:
    """uint8 of shape (H, W), (H, W, 3) or (H, W, 4), checked."""
    if hasattr(picture, "getbands"):
        picture = of_pillow_s(picture)
    pixels = np.asarray(picture)
    if pixels.dtype != np.uint8:
        raise TypeError(f"picture: expected an array of uint8, got {pixels.dtype}")
    if pixels.ndim != 2 and (pixels.ndim != 3 or pixels.shape[2] not in (3, 4)):
        raise ValueError(
            f"picture: expected shape (H, W), (H, W, 3) or (H, W, 4), got {pixels.shape}"
        )
    if pixels.size == 0:
        raise ValueError(f"picture: expected pixels, got shape {pixels.shape}")
    return pixels


def of_pillow_s(picture: Any) -> NDArray[np.uint8]:
    """An image of Pillow as L, RGB or RGBA."""
    if picture.mode.startswith(("I", "F")):  # 16 bits and more: convert() would clip, not scale
        values = np.asarray(picture, np.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        return (np.clip(values / top, 0, 1) * 255).round().astype(np.uint8)
    if picture.has_transparency_data:
        return np.asarray(picture.convert("RGBA"))
    return np.asarray(picture.convert("L" if picture.mode in ("1", "L") else "RGB"))


def distances(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How far each pixel's colour is from the paper's, (H, W)."""
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if pixels.shape[2] == 4:
        pixels = without_alpha(pixels)
    paper = middle(border(pixels)).astype(np.int32)
    squares = np.zeros(pixels.shape[:2], np.int32)
    for channel, level in enumerate(paper):
        squares += (pixels[:, :, channel].astype(np.int32) - level) ** 2
    return np.floor(np.sqrt(squares / len(paper)) + 0.5).astype(np.uint8)


def without_alpha(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Alpha alone, (H, W, 1), if it is the picture; else RGB as on paper, (H, W, 3)."""
    colour, alpha = pixels[:, :, :3], pixels[:, :, 3:].astype(np.int32)
    seen = colour[2 * alpha[:, :, 0] > alpha.max()].astype(np.int32)
    see_through = alpha.min() < 255
    if not len(seen) or (see_through and np.abs(seen - middle(seen)).max() <= FLAT):
        return pixels[:, :, 3:]
    edge = border(pixels)
    opaque = edge[edge[:, 3] >= 128]
    if 2 * len(opaque) > len(edge):
        paper = middle(opaque[:, :3]).astype(np.int32)
    else:
        paper = np.full(3, 0 if 2 * seen.sum() > 255 * seen.size else 255, np.int32)
    mixed = (2 * (colour * alpha + paper * (255 - alpha)) + 255) // 510  # rounded
    return mixed.astype(np.uint8)


def border(pixels: NDArray[Any]) -> NDArray[Any]:
    """The outermost pixels, (n, channels)."""
    return np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])


def middle(values: NDArray[Any]) -> NDArray[Any]:
    """The median along the first axis, the upper one of two."""
    found: NDArray[Any] = np.sort(values, axis=0)[len(values) // 2]
    return found
