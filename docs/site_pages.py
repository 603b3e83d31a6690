"""What the site makes of a page: blocks that run when it is built, and links to the API.

The pages are plain Markdown, and read as such in the repository too.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

DOCS = Path(__file__).parent
# Files beside docs/ that are pages of the site.
BESIDE = {
    "../CHANGELOG.md": "repository/changelog.md",
    "../CONTRIBUTING.md": "repository/contributing.md",
    "../benches/results/results.md": "repository/results.md",
}
# Folders whose blocks run; those of the other pages are run by their tests alone.
RUN = ("lesson/", "how-to/")
NOTEBOOK = """\
---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
---
"""


def as_notebook(page: str) -> str:
    """A page as MyST-NB runs it: Python in cells, a shell's commands above what they say."""
    cells = re.sub(r"^```python$", "```{code-cell} ipython3", page, flags=re.M)
    commands = r"^```console\n((?:.|\n)*?)^```$"
    return NOTEBOOK + re.sub(commands, _said, cells, flags=re.M)


def _said(block: re.Match[str]) -> str:
    words = block[1].replace("$ ", "")
    cell = f"```{{code-cell}} ipython3\n:tags: [remove-input, remove-stderr]\n%%sh\n{words}```"
    return f"{block[0]}\n\n{cell}"


def with_links_inside(page: str, folder: Path) -> str:
    """A link out of docs/ becomes one to the page that has this file, or the bare words."""

    def inside(link: re.Match[str]) -> str:
        target = os.path.relpath(folder / link[2], DOCS)
        if not target.startswith(".."):
            return link[0]
        if target in BESIDE:
            return f"[{link[1]}]({os.path.relpath(DOCS / BESIDE[target], folder)})"
        return link[1]

    return re.sub(r"\[([^][]+)\]\((\.\.[^)#:]*)\)", inside, page)


def read(app: Sphinx, name: str, source: list[str]) -> None:
    """Sphinx has read the page `name`."""
    source[0] = with_links_inside(source[0], (DOCS / name).parent)
    if name.startswith(RUN):
        source[0] = as_notebook(source[0])


def public_modules() -> list[str]:
    """Those of the API's page."""
    page = (DOCS / "api" / "index.md").read_text(encoding="utf-8")
    return re.findall(r"^   (fastgd[\w.]*)$", page, flags=re.M)


def public_names() -> dict[str, str]:
    """The full name of what a page or docstring may call `Cost`, `Cost.part`, `plots.weights`."""
    full = {}
    for module in map(importlib.import_module, public_modules()):
        full[module.__name__.removeprefix("fastgd.")] = module.__name__
        for name in module.__all__:
            value, home = getattr(module, name), f"{module.__name__}.{name}"
            if inspect.ismodule(value):
                continue
            full[home] = full[home.removeprefix("fastgd.")] = home
            if inspect.isclass(value):
                full |= {f"{name}.{member}": f"{home}.{member}" for member in vars(value)}
    return full


class LinkCode(SphinxPostTransform):
    """`landscape.plane` in a text is a link to it; other code in a text is not."""

    default_priority = 5  # before references are resolved
    names = public_names()

    def run(self, **_: Any) -> None:
        for code in list(self.document.findall(nodes.literal)):
            known = self.names.get(code.astext().removesuffix("()"))
            if known and not isinstance(code.parent, nodes.reference | pending_xref):
                link = pending_xref(
                    "", refdomain="py", reftype="obj", reftarget=known, refexplicit=True,
                    refdoc=self.env.docname,
                )  # fmt: skip
                code.replace_self(link)
                link += code


def setup(app: Sphinx) -> dict[str, bool]:
    """As every extension of Sphinx has it."""
    app.connect("source-read", read)
    app.add_post_transform(LinkCode)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
