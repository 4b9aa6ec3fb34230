"""docs/adding-a-command.md as a program: its steps, and a tree to take them in."""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = "docs/adding-a-command.md"

_STEP = re.compile(r"In `(?P<file>[^`]+)`, (?P<how>after|before|instead of) `(?P<anchor>[^`]+)`:|New file `(?P<new>[^`]+)`:")
_FENCE = re.compile(r"```\w*\n(?P<text>.*?)^```$", re.S | re.M)
_PATH = re.compile(r"`src/[^`]+`")


class Wrong(Exception):
    """A step that cannot be taken as it is written."""


@dataclass(frozen=True)
class Step:
    line: int  # of the page
    file: str
    how: str  # after, before, instead of, new
    anchor: str
    text: str

    def __str__(self) -> str:
        return f"{PAGE}:{self.line}: {self.how} `{self.anchor}` in {self.file}" if self.anchor else \
            f"{PAGE}:{self.line}: new file {self.file}"


def steps(page: str) -> list[Step]:
    """The steps in their order. A line that names a file and is no step, or a step without text, is Wrong: nothing is
    silently left out."""
    found = []
    for m in re.finditer(r"^(?:In|New file) .*$", page, re.M):
        line = page.count("\n", 0, m.start()) + 1
        step = _STEP.fullmatch(m[0])
        if not step:
            if _PATH.search(m[0]):
                raise Wrong(f"{PAGE}:{line}: no step that can be taken: {m[0]}")
            continue
        fence = _FENCE.match(page, m.end() + 2)
        if page[m.end():m.end() + 2] != "\n\n" or not fence:
            raise Wrong(f"{PAGE}:{line}: no block of code follows the step")
        found.append(Step(line, step["file"] or step["new"], step["how"] or "new", step["anchor"] or "", fence["text"]))
    if len(re.findall(r"^```\w+$", page, re.M)) != len(found):
        raise Wrong(f"{PAGE}: a block of code belongs to no step")
    return found


def changed(text: str, step: Step) -> str:
    """The file's text after the step. Its anchor must be there exactly once."""
    count = text.count(step.anchor)
    if count != 1:
        raise Wrong(f"{step}: the text is there {count} times, not once")
    start = text.index(step.anchor)
    end = start + len(step.anchor)
    if step.how == "instead of":
        return text[:start] + step.text.removesuffix("\n") + text[end:]
    at = text.index("\n", end) + 1 if step.how == "after" else text.rfind("\n", 0, start) + 1
    return text[:at] + step.text + text[at:]


def take(tree: Path, step: Step) -> None:
    path = tree / step.file
    if step.how == "new":
        if path.exists():
            raise Wrong(f"{step}: it is there already")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.text)
        return
    if not path.is_file():
        raise Wrong(f"{step}: there is no such file")
    path.write_text(changed(path.read_text(), step))
