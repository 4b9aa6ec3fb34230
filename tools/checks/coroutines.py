"""Coroutines live in net/ alone, in the one form that g++ 12.2 compiles correctly.

A braced argument, a lambda argument or `?:` around co_await is destroyed twice by that compiler, so a co_await stands alone on
the right of `=` or as a statement, and its arguments are names, numbers or std::move(name).
"""
from __future__ import annotations

import re
from typing import Iterator

from .source import Finding, Source, Tree

_KEYWORD = re.compile(r"\bco_(await|return|yield)\b")
_NAME = r"[&*]?[A-Za-z_]\w*(?:(?:::|\.|->)\w+)*"
_ARGUMENT = re.compile(rf"(?:{_NAME}|\d[\d']*|std::move\({_NAME}\)|\"\s*\")")
_AWAITED = re.compile(rf"(?:std::move\({_NAME}\)|{_NAME}(?:<[\w:, ]+>)?(?:\((?P<arguments>.*)\))?)", re.S)
_LEFT = re.compile(r"(?:[\w:<>,&*\s]+?[\s&*])?(?:\w[\w.\->]*|\[[\w,\s]+\])\s*=|", re.S)
_BRANCH = re.compile(r"(?:else\b|(?:if|for|while)\s*(?=\())\s*")


def _without_branches(statement: str) -> str:
    """`if (x) co_await f(y)` -> `co_await f(y)`; a condition that itself awaits stays and is refused."""
    while m := _BRANCH.match(statement):
        rest = statement[m.end() :]
        if statement[m.start() :].startswith("else"):
            statement = rest
            continue
        end = _closing(rest)
        if "co_await" in rest[:end]:
            return statement
        statement = rest[end:].lstrip()
    return statement


def _closing(text: str) -> int:
    """The offset behind the parenthesis that closes the first one."""
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0:
            return i + 1
    return len(text)


def _statement(code: str, at: int) -> str:
    """The statement around `at`: back to `;` or a brace, on to the `;` that ends it."""
    start = max(code.rfind(c, 0, at) for c in ";{}") + 1
    depth, end = 0, at
    while end < len(code) and not (code[end] == ";" and depth <= 0):
        depth += (code[end] in "({[") - (code[end] in ")}]")
        end += 1
    return _without_branches(code[start:end].strip())


def _allowed(statement: str) -> bool:
    left, _, right = statement.partition("co_await")
    m = _AWAITED.fullmatch(right.strip())
    if not _LEFT.fullmatch(left.strip()) or not m:
        return False
    arguments = (m["arguments"] or "").strip()
    return not arguments or all(_ARGUMENT.fullmatch(a.strip()) for a in arguments.split(","))


def _in_net(source: Source) -> Iterator[Finding]:
    for m in _KEYWORD.finditer(source.code):
        if m[1] == "await" and not _allowed(_statement(source.code, m.start())):
            yield Finding(source.path, source.line(m.start()), "coroutines",
                          "g++ 12.2 destroys temporaries here twice: name each argument above, "
                          "then `auto x = co_await f(a, std::move(b));`")


def check(tree: Tree) -> Iterator[Finding]:
    for source in tree.cpp():
        if source.path.startswith("src/net/"):
            yield from _in_net(source)
            continue
        for m in _KEYWORD.finditer(source.code):
            yield Finding(source.path, source.line(m.start()), "coroutines",
                          "coroutines live in src/net alone: use a callback or a command here")
