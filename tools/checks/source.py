"""The source tree as the checks see it: files with comments and literals told apart from code."""
from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

CPP = (".cpp", ".h")
TEXT = CPP + (".py", ".ts", ".js", ".mjs", ".svelte", ".css", ".sql", ".sh", ".cmake")
ROOTS = ("src", "tests", "bench", "tools", "cmake", "web", ".ci")
SKIPPED = {"build", "node_modules", "__pycache__", ".svelte-kit", "dist", "generated"}

_TOKEN = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)'
    r'|(?P<raw>(?<![A-Za-z0-9_])(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")'
    r'|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<char>(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+')",
    re.S,
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    check: str
    text: str  # what is wrong, and what mends it

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: [{self.check}] {self.text}"


@dataclass(frozen=True)
class Literal:
    offset: int
    value: str  # without quotes; escapes as written; adjacent literals joined


@dataclass(frozen=True)
class Include:
    line: int
    quoted: bool
    target: str


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


class Source:
    """One text file. `path` is relative to the root, with slashes."""

    def __init__(self, path: str, text: str):
        self.path = path
        self.text = text
        self.parts = path.split("/")
        self.is_cpp = path.endswith(CPP)
        self.is_test = "tests" in self.parts[:-1]

    @functools.cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @functools.cached_property
    def code(self) -> str:
        """The C++ text, same length, with comments and the insides of literals blanked."""
        return _TOKEN.sub(lambda m: _blank(m[0]) if m["comment"] else m[0][0] + _blank(m[0][1:-1]) + m[0][-1], self.text)

    @functools.cached_property
    def uncommented(self) -> str:
        """The C++ text, same length, with comments blanked and literals kept."""
        return _TOKEN.sub(lambda m: _blank(m[0]) if m["comment"] else m[0], self.text)

    @functools.cached_property
    def literals(self) -> list[Literal]:
        """String literals in order; neighbours with only space or comments between them are one, as for the compiler."""
        found: list[Literal] = []
        end = -1
        for m in _TOKEN.finditer(self.text):
            if m["comment"] or m["char"]:
                continue
            value = m[0][1:-1] if m["string"] else m[0][m[0].index("(") + 1 : m[0].rindex(")")]
            if found and not self.uncommented[end : m.start()].strip():
                found[-1] = Literal(found[-1].offset, found[-1].value + value)
            else:
                found.append(Literal(m.start(), value))
            end = m.end()
        return found

    @functools.cached_property
    def includes(self) -> list[Include]:
        return [Include(self.line(m.start(2)), m[1] == '"', m[2]) for m in _INCLUDE.finditer(self.uncommented)]

    def line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1


class Tree:
    """All files that the checks read."""

    def __init__(self, root: Path):
        self.root = root
        self.files = sorted(self._read(), key=lambda s: s.path)
        self.by_path = {s.path: s for s in self.files}

    def _read(self) -> Iterator[Source]:
        for name in ("dev", "CMakeLists.txt"):
            if (self.root / name).is_file():
                yield self._source(self.root / name)
        for top in ROOTS:
            yield from self._below(self.root / top)

    def _below(self, folder: Path) -> Iterator[Source]:
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.is_dir():
                if path.name not in SKIPPED:
                    yield from self._below(path)
            elif path.suffix in TEXT or path.name == "CMakeLists.txt" or path.parent.name == ".ci":
                yield self._source(path)

    def _source(self, path: Path) -> Source:
        return Source(path.relative_to(self.root).as_posix(), path.read_text(encoding="utf-8", errors="replace"))

    def cpp(self, under: str = "") -> Iterator[Source]:
        """C++ files whose path starts with `under`."""
        return (s for s in self.files if s.is_cpp and s.path.startswith(under))
