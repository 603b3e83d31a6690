"""A bare page with the scripts on it, under the rules of security that the page has."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.explore.assembly import MODULE
from tests.explore.node import SCRIPTS

NAMES = [
    "kernel.js",
    "survey.js",
    "trainer.js",
    "view.js",
    "ground.js",
    "shapes.js",
    "signs.js",
    "relief.js",
]
RULES = (
    "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; "
    "style-src 'unsafe-inline'; worker-src blob:"
)


def staged(body: str, script: str, rules: str = RULES, **data: Any) -> str:
    """`script` finds what is given as `data` in the object of that name, and `wasm` in it."""
    data["wasm"] = base64.b64encode(MODULE.read_bytes()).decode()
    scripts = "".join((SCRIPTS / name).read_text(encoding="utf-8") for name in NAMES)
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>stage</title>
<meta http-equiv="Content-Security-Policy" content="{rules}">
<meta name="color-scheme" content="light dark">
<style>body {{ margin: 0; background: canvas }} canvas {{ width: 420px; height: 420px }}</style>
{body}
<script>{scripts}</script>
<script>const data = {json.dumps(data)}; {script}</script>"""
