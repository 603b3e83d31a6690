"""The site: Sphinx reads these pages, runs the lesson's and how-to's Python, and writes HTML.

`make site` builds it into build/site. What the pages' own blocks become, and how code in the
text becomes a link, is in `site_pages.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import fastgd

DOCS = Path(__file__).parent
FRONT = DOCS.parent / "build" / "front"  # files that go beside the pages as they are
sys.path.insert(0, str(DOCS))
# Pages, their commands and their kernels run this fastgd.
os.environ["PYTHONPATH"] = str(Path(fastgd.__file__).parents[1])
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

project = "fastgd"
author = "the authors of fastgd"
release = version = fastgd.__version__
extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "site_pages",
]
templates_path = ["templates"]

# Pages
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_show_tb = True
nb_execution_timeout = 120
nb_render_image_options = {"alt": "What the lines above draw"}
nb_merge_streams = True
nb_output_stderr = "error"  # a warning on a page is a fault of the page

# The API, from the docstrings. Types stand in them: signatures show names and defaults.
autosummary_imported_members = True
autosummary_ignore_module_all = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
default_role = "literal"
# What the docstrings of Python's Sequence say before "--" is no type.
nitpick_ignore_regex = [("py:class", r"integer -- return .*")]

html_theme = "pydata_sphinx_theme"
html_title = "fastgd"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_extra_path = [os.path.relpath(FRONT, DOCS)]
html_sidebars = {"index": []}
html_show_sourcelink = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "show_prev_next": True,
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    # Pages that are not named leave the room to code and figures.
    "secondary_sidebar_items": {"*": ["page-toc"], "api/**": ["page-toc"], "index": []},
    "footer_start": ["copyright"],
    "footer_end": [],
}
copyright = "the authors of fastgd, BSD-3-Clause"


def write_live_page() -> None:
    """The front door: what `fastgd explore` writes of what `fastgd train` trains."""
    FRONT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        model, page = os.path.join(folder, "digits.safetensors"), str(FRONT / "live.html")
        for words in (["train", "--save", model], ["explore", model, "-o", page]):
            command = [sys.executable, "-m", "fastgd", *words]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


write_live_page()
