# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the documentation: where they are, and what each of them is."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.integration.runs import ROOT

YAML = ("yaml", "yaml+jinja")
OTHERS = {
    "text": "output, or a drawing",
    "powershell": "what people come from",
    "terraform": "what people come from",
}
"""Languages of blocks that nobody runs, and why. Any other language but YAML and console is a mistake."""

_RST_BLOCK = re.compile(
    r"^(?P<indent> *)\.\. code-block:: *(?P<language>\S+)\n(?P<body>(?:(?P=indent) +.*\n|\s*\n)+)", re.MULTILINE
)
_RST_OPTION = re.compile(r"^ *:caption: *(.+)\n")
_MD_BLOCK = re.compile(r"^```(?P<language>\S*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One block of code. C(caption) is the name of the file that it is, or empty."""

    source: str
    line: int
    language: str
    text: str
    caption: str = ""

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return f"{self.source}:{self.line}"

    @property
    def data(self) -> Any:
        """What the YAML of it says."""
        return yaml.safe_load(self.text)

    @property
    def is_playbook(self) -> bool:
        """Whether it is whole plays; a list of anything else is of tasks."""
        return isinstance(self.data, list) and all("hosts" in play for play in self.data)

    @property
    def commands(self) -> list[str]:
        """What is typed after a prompt, each in one line, without what is said of it."""
        text = self.text.replace("\\\n", "")
        lines = [line[2:].split(" # ")[0] for line in text.splitlines() if line.startswith("$ ")]
        return [" ".join(line.split()) for line in lines]


def blocks_of(path: Path) -> list[Block]:
    """Return the blocks of a guide, of a README, or of a plugin's EXAMPLES."""
    find = {".rst": _of_rst, ".md": _of_markdown, ".py": _of_plugin}[path.suffix]
    return list(find(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")))


def _of_rst(source: str, text: str) -> Iterator[Block]:
    for match in _RST_BLOCK.finditer(text):
        caption = _RST_OPTION.match(match["body"])
        body = match["body"][caption.end() :] if caption else match["body"]
        line = text.count("\n", 0, match.start()) + 1
        name = caption.group(1) if caption else ""
        yield Block(source, line, match["language"], textwrap.dedent(body).strip("\n") + "\n", name)


def _of_markdown(source: str, text: str) -> Iterator[Block]:
    for match in _MD_BLOCK.finditer(text):
        yield Block(source, text.count("\n", 0, match.start()) + 1, match["language"], match["body"])


def _of_plugin(source: str, text: str) -> Iterator[Block]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
            yield Block(source, node.lineno, "yaml", ast.literal_eval(node.value).lstrip("\n"))


def all_of(pattern: str) -> list[Path]:
    """The files of the project that a pattern finds, in order."""
    return sorted(path for path in ROOT.glob(pattern) if path.name != "__init__.py")


GUIDES = all_of("docs/docsite/rst/*.rst")
READMES = [ROOT / "README.md", *all_of("roles/*/README.md")]
PLUGINS = [*all_of("plugins/modules/*.py"), *all_of("plugins/filter/*.py")]
