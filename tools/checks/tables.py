"""SQL names only the tables of its own module: `orders_…` in orders/, `core_…` in core/."""
from __future__ import annotations

import re
from typing import Iterator

from .source import Finding, Source, Tree

_NAME = r"[a-z_][a-z0-9_]*"
_STATEMENT = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|WITH)\b")
_TABLE = re.compile(
    rf"(?<!DISTINCT )\b(?:FROM|JOIN|INTO|UPDATE|TABLE|REFERENCES)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+|ONLY\s+)?({_NAME})(?![a-z0-9_(])"
    rf"(?:(?:\s+(?:AS\s+)?{_NAME})?\s*,\s*({_NAME})(?![a-z0-9_(.]))?")
_INDEXED = re.compile(rf"\bINDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}\s+ON\s+({_NAME})")
_CTE = re.compile(rf"(?:\bWITH\s+(?:RECURSIVE\s+)?|,\s*)({_NAME})\s*(?:\([^()]*\)\s*)?AS\s+(?:(?:NOT\s+)?MATERIALIZED\s+)?\(")
_LOWER = re.compile(r"^\s*(select\s.*\sfrom\s|insert\s+into\s|delete\s+from\s|update\s+\w+\s+set\s)", re.S)
_RECORD = re.compile(r'\b(?:insert|update)\(\s*"([^"\n]*)"')


def _in_statement(sql: str) -> Iterator[tuple[int, str]]:
    """(offset, table) of every table that the statement names, its own common table expressions left out."""
    own = {m[1] for m in _CTE.finditer(sql)}
    for m in _TABLE.finditer(sql):
        if m[1] not in own:
            yield m.start(1), m[1]
        if m[2] and m[2] not in own and m[0].lstrip().startswith("FROM"):
            yield m.start(2), m[2]
    for m in _INDEXED.finditer(sql):
        yield m.start(1), m[1]


def tables_of(source: Source) -> Iterator[tuple[int, str]]:
    """(line, table) of every table that a C++ file or a migration names."""
    if source.path.endswith(".sql"):
        sql = re.sub(r"--[^\n]*", lambda m: " " * len(m[0]), source.text)
        for offset, table in _in_statement(sql):
            yield source.line(offset), table
        return
    if not source.is_cpp:
        return
    for literal in source.literals:
        if _STATEMENT.search(literal.value):
            for offset, table in _in_statement(literal.value):
                yield source.line(literal.offset), table
    for m in _RECORD.finditer(source.uncommented):
        yield source.line(m.start()), m[1]


def _owner(source: Source) -> str | None:
    """The prefix of the tables that this file may name."""
    if source.is_test or source.parts[0] != "src":
        return None
    if source.parts[1] == "core":
        return "core_"
    if source.parts[1] != "modules":
        return None
    folders = [p for p in source.parts[2:-1] if p != "migrations"]
    return folders[-1] + "_" if folders else None


def check(tree: Tree) -> Iterator[Finding]:
    for source in tree.files:
        prefix = _owner(source)
        if prefix is None:
            continue
        for line, table in tables_of(source):
            if not table.startswith(prefix):
                yield Finding(source.path, line, "tables",
                              f"{table} is not a table of {prefix[:-1]}: call its owner's public function, "
                              f"or keep what you need in {prefix}…")
        for literal in source.literals if source.is_cpp else ():
            if _LOWER.search(literal.value):
                yield Finding(source.path, source.line(literal.offset), "tables",
                              "write SQL keywords in capitals, so that this check reads them")
