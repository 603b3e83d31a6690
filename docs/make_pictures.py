"""Take the README's pictures: `python docs/make_pictures.py` writes docs/pictures/.

The terminal as `fastgd train` leaves it, and the page of `fastgd explore` in a Chromium.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageChops
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text
from selenium import webdriver

PICTURES = Path(__file__).parent / "pictures"
MODEL = "digits.safetensors"
COLUMNS = 80
SECONDS = 5  # until a page is drawn
TERMINAL = """\
<!doctype html><meta charset="utf-8"><style>
{stylesheet}
body {{ margin: 0; padding: 24px; color: {foreground}; background: {background}; }}
pre {{ margin: 0; font: 15px/1.17 "DejaVu Sans Mono", monospace; }}
</style><pre>{code}</pre>
"""


def fastgd(folder: str, *words: str) -> str:
    """What a command prints in a terminal with colours."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["fastgd", *words],
        cwd=folder,
        env={**os.environ, "PATH": path, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def shoot(address: str, picture: Path, width: int, height: int) -> None:
    """What a Chromium shows at an address, after a while."""
    options = webdriver.ChromeOptions()
    for word in ("headless=new", "no-sandbox", "hide-scrollbars", "enable-unsafe-swiftshader"):
        options.add_argument(f"--{word}")
    with webdriver.Chrome(options=options) as browser:
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        browser.get(address)
        time.sleep(SECONDS)
        browser.save_screenshot(str(picture))


def as_page(said: str) -> str:
    """A terminal's output as HTML."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(said))
    return console.export_html(theme=MONOKAI, code_format=TERMINAL)


def trim(picture: Path, margin: int = 24) -> None:
    """Cut off the ground below the last line."""
    with Image.open(picture) as shot:
        image = shot.convert("RGB")
    ground = Image.new("RGB", image.size, image.getpixel((0, 0)))
    _, _, _, bottom = ImageChops.difference(image, ground).getbbox()
    image.crop((0, 0, image.width, bottom + margin)).save(picture, optimize=True)


def main() -> None:
    """Both pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        said, page = Path(folder, "said.html"), Path(folder, "page.html")
        said.write_text(as_page(fastgd(folder, "train", "--save", MODEL)), encoding="utf-8")
        shoot(said.as_uri(), PICTURES / "terminal.png", 780, 1800)
        trim(PICTURES / "terminal.png")
        fastgd(folder, "explore", MODEL, "-o", page.name)
        shoot(f"{page.as_uri()}#step=7", PICTURES / "page.png", 1280, 900)  # what it learned


if __name__ == "__main__":
    main()
