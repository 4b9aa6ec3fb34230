"""Files, functions and lines stay small. tools/lint_allow.txt lists what is still larger; it may only shrink."""
from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Iterator

from .source import Finding, Source, Tree

ALLOW = "tools/lint_allow.txt"
FILE_LINES, HEADER_LINES, FUNCTION_LINES, LINE_LENGTH = 500, 200, 70, 130

_TRANSPARENT = re.compile(r"\b(namespace|class|struct|union)\b|\bextern\s*\"")
_ENUM = re.compile(r"\benum\b")
_CALLED = re.compile(r"(operator\s*[^\s\w(]+|operator\s*\(\)|[~\w:]+)\s*\(([^()]*)")
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.M)


@dataclass(frozen=True)
class Size:
    """Something measured: `what` is the key of the allow-list ("function src/x/y.cpp:name", "lines src/x/y.cpp")."""

    what: str
    path: str
    line: int
    value: int
    limit: int
    advice: str


@dataclass(frozen=True)
class Function:
    name: str
    first: int
    last: int


def _without_templates(head: str) -> str:
    """`template <class T = int> void f()` -> `void f()`."""
    while m := re.search(r"\btemplate\s*<", head):
        depth, end = 1, m.end()
        while depth and end < len(head):
            depth += (head[end] == "<") - (head[end] == ">")
            end += 1
        head = head[: m.start()] + head[end:].lstrip()
    return head


def _is_function(head: str) -> bool:
    """Does a brace behind `head`, outside of any function, open a body? An initializer and a class do not."""
    if not head:
        return True  # behind the last member of an initializer list
    depth, plain = 0, ""
    for c in head:
        depth -= c in ")]"
        plain += c if depth <= 0 else ""
        depth += c in "(["
    plain = re.sub(r"operator\s*\S*?=+", "operator", plain)
    return "(" in plain and not re.search(r"(?<![=!<>])=(?!=)", plain)


def _name(head: str) -> str:
    m = _CALLED.search(re.sub(r"\b(?:requires|alignas|noexcept|decltype|__attribute__)\s*\([^)]*\)", "", head))
    if not m:
        return ""
    if m[1] in ("TEST", "TEST_F", "TEST_P", "TYPED_TEST"):
        return re.sub(r"\s*,\s*", ".", m[2].strip())
    return m[1]


def functions(source: Source) -> Iterator[Function]:
    """The outermost functions of a C++ file, by matching braces; good enough for text that clang-format wrote."""
    code = _DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), source.code)
    start, last_name, depth, inside = 0, "", 0, None
    scopes: list[bool] = []  # open braces outside functions: may a function stand directly inside?
    for m in re.finditer(r"[{};]", code):
        at, c = m.start(), m[0]
        if inside:
            depth += (c == "{") - (c == "}")
            if depth == 0:
                yield Function(inside[0], inside[1], source.line(at))
                inside, start = None, at + 1
            continue
        if c == "{":
            head = _without_templates(code[start:at].strip())
            open_scope = not scopes or scopes[-1]
            named = bool(_TRANSPARENT.search(head)) and not head.endswith(")") and not _ENUM.search(head)
            if open_scope and not named and not _ENUM.search(head) and _is_function(head):
                last_name = _name(head) or last_name
                first = start + len(code[start:at]) - len(code[start:at].lstrip())
                inside, depth = (last_name, source.line(first)), 1
                continue
            scopes.append(open_scope and named and "=" not in head.split("<")[0])
        elif c == "}" and scopes:
            scopes.pop()
        start = at + 1


def _python_functions(source: Source) -> Iterator[Function]:
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield Function(node.name, node.lineno, node.end_lineno or node.lineno)


def _measured(source: Source) -> Iterator[Size]:
    """Everything in one file that is over its limit."""
    count = len(source.lines) - (source.lines[-1] == "")
    limit = HEADER_LINES if source.path.endswith(".h") else FILE_LINES
    if count > limit:
        yield Size(f"file {source.path}", source.path, count, count, limit, "split it by what it is about")
    for number, line in enumerate(source.lines, 1):
        if len(line) > LINE_LENGTH and "http" not in line:
            yield Size(f"lines {source.path}", source.path, number, len(line), LINE_LENGTH, "break it: ./dev format")
    found = functions(source) if source.is_cpp else _python_functions(source) if source.path.endswith(".py") else ()
    for function in found:
        length = function.last - function.first + 1
        if length > FUNCTION_LINES:
            yield Size(f"function {source.path}:{function.name}", source.path, function.first, length, FUNCTION_LINES,
                       f"{function.name} is too long: name its steps")


def _allowed(tree: Tree) -> dict[str, tuple[int, int]]:
    """`function src/x/y.cpp:name 84` -> {"function src/x/y.cpp:name": (line of the list, 84)}."""
    path = tree.root / ALLOW
    entries = {}
    for number, line in enumerate(path.read_text().split("\n") if path.is_file() else (), 1):
        if line.strip() and not line.startswith("#"):
            what, _, ceiling = line.strip().rpartition(" ")
            entries[what] = (number, int(ceiling))
    return entries


def check(tree: Tree) -> Iterator[Finding]:
    allowed, used = _allowed(tree), set()
    for source in tree.files:
        for size in _measured(source):
            ceiling = allowed.get(size.what, (0, size.limit))[1]
            used.add(size.what)
            if size.value > ceiling:
                yield Finding(size.path, size.line, "sizes", f"{size.value}, at most {ceiling}: {size.advice}")
    for what, (number, _) in allowed.items():
        if what not in used:
            yield Finding(ALLOW, number, "sizes", f"'{what}' is within its limit now: delete this line")
