"""An include points only down (ARCHITECTURE.md §4)."""
from __future__ import annotations

from typing import Iterator

from .source import Finding, Source, Tree

FLOORS = {"base": 0, "reflect": 1, "db": 2, "net": 2, "core": 3, "modules": 4, "edge": 5, "main": 6}


def _refused(source: Source, target: str) -> str | None:
    """Why this file may not include `target`; None when it may."""
    own = source.parts[1]
    other = target.split("/")[0]
    if other == "tests" and source.is_test:
        return None
    if "/" not in target or other not in FLOORS:
        return f'"{target}" does not start with a floor: write the path from src/, or <…> for a library'
    if own != other and FLOORS[own] == FLOORS[other]:
        return f"{own} and {other} never meet: pass a value or a function from a higher floor instead"
    if FLOORS[other] > FLOORS[own]:
        return f"{own} is below {other}: move what both need down, or pass it in from above"
    return None


def check(tree: Tree) -> Iterator[Finding]:
    for source in tree.cpp("src/"):
        if len(source.parts) < 3 or source.parts[1] not in FLOORS:
            yield Finding(source.path, 1, "floors", f"every file lies in one of src/{{{','.join(FLOORS)}}}/: move it there")
            continue
        for include in source.includes:
            why = _refused(source, include.target) if include.quoted else None
            if why:
                yield Finding(source.path, include.line, "floors", why)
