"""What the site makes of a page: blocks that run when it is built, and links to the API.

The pages are plain Markdown, and read as such in the repository too.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform

DOCS = Path(__file__).parent
ROOT = DOCS.parent
# Pages whose text is a file's beside docs/.
BESIDE = {
    "repository/changelog": ROOT / "CHANGELOG.md",
    "repository/contributing": ROOT / "CONTRIBUTING.md",
    "repository/security": ROOT / "SECURITY.md",
    "repository/results": ROOT / "benches" / "results" / "results.md",
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
    cell = f"""\
```{{code-cell}} ipython3
:tags: [remove-input]
import subprocess
print(subprocess.run(["sh", "-ec", {words!r}], capture_output=True, check=True).stdout.decode())
```"""
    return f"{block[0]}\n\n{cell}"


def with_links_inside(text: str, file: Path, page: str) -> str:
    """The text of `file` as that of `page`: a link to no page of the site is its words alone."""
    beside = {path: DOCS / f"{name}.md" for name, path in BESIDE.items()}

    def inside(link: re.Match[str]) -> str:
        target = Path(os.path.normpath(file.parent / link[2]))
        target = beside.get(target, target)
        if not target.is_relative_to(DOCS):
            return link[1]
        return f"[{link[1]}]({os.path.relpath(target, (DOCS / page).parent)}{link[3] or ''})"

    return re.sub(r"\[([^][]+)\]\(([^)#:]+)(#[^)]*)?\)", inside, text)


def read(app: Sphinx, name: str, source: list[str]) -> None:
    """Sphinx has read the page `name`."""
    file = BESIDE.get(name, DOCS / f"{name}.md")
    text = file.read_text(encoding="utf-8") if name in BESIDE else source[0]
    if file.exists():  # what autosummary writes is no Markdown
        source[0] = with_links_inside(text, file, name)
    if name.startswith(RUN):
        source[0] = as_notebook(source[0])


def public_modules() -> list[str]:
    """Those of the API's page."""
    page = (DOCS / "api" / "index.md").read_text(encoding="utf-8")
    return re.findall(r"^   (fastgd[\w.]*)$", page, flags=re.M)


def public_names() -> Iterator[tuple[str, str, Any]]:
    """(module, name, value) of each; first of fastgd, which hands some of the others' on."""
    for module in map(importlib.import_module, public_modules()):
        for name in module.__all__:
            value = getattr(module, name)
            if not inspect.ismodule(value):
                yield module.__name__, name, value


def handed_on(app: Sphinx, config: Config) -> None:
    """Names that have their page in fastgd itself get no second one."""
    core = {name for module, name, _ in public_names() if module == "fastgd"}
    others = (f"{module}.{name}" for module, name, _ in public_names() if module != "fastgd")
    same = [name for name in others if name.rpartition(".")[2] in core]
    config.autosummary_context = {"handed_on": same}


def link_targets(names: Iterable[str]) -> dict[str, str]:
    """What a text may call the API's objects: `plots.weights`, `Epoch`, `Cost.part`."""
    full = [name for name in names if name.startswith("fastgd.")]
    targets = {".".join(name.split(".")[-2:]): name for name in full}
    classes = (name for name in full if re.search(r"\.[A-Z]\w*[a-z]\w*$", name))
    targets |= {name.rpartition(".")[2]: name for name in classes}
    return targets | {name: name for name in full} | {n.removeprefix("fastgd."): n for n in full}


class LinkCode(SphinxPostTransform):
    """`landscape.plane` in a text is a link to it; other code in a text is not."""

    default_priority = 5  # before references are resolved

    def run(self, **_: Any) -> None:
        targets = link_targets(self.env.domains["py"].objects)
        for code in list(self.document.findall(nodes.literal)):
            text = code.astext().removesuffix("()")
            of_class = re.match(r"[A-Z]\w+(?=\.\w+$)", text)  # an attribute told in its class
            known = targets.get(text) or (of_class and targets.get(of_class[0]))
            if known and not isinstance(code.parent, nodes.reference | pending_xref):
                link = pending_xref(
                    "", refdomain="py", reftype="obj", reftarget=known, refexplicit=True,
                    refdoc=self.env.docname,
                )  # fmt: skip
                code.replace_self(link)
                link += code


def setup(app: Sphinx) -> dict[str, bool]:
    """As every extension of Sphinx has it."""
    app.connect("config-inited", handed_on)
    app.connect("source-read", read)
    app.add_post_transform(LinkCode)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
