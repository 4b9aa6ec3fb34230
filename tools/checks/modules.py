"""A module meets another through its public header, along an edge that it declares; its folder looks like all others."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterator

from .source import Finding, Source, Tree
from .tables import tables_of

_NEEDS = re.compile(r"\.needs\s*=\s*\{([^}]*)\}")
_NAME = re.compile(r'"([^"]*)"')
_MIGRATION = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


@dataclass
class Folder:
    """A folder below src/modules that holds a module's files."""

    path: str  # "src/modules/sell/orders"
    files: list[Source] = field(default_factory=list)
    needs: dict[str, int] = field(default_factory=dict)  # module name -> line in module.cpp

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[1]

    @property
    def public_header(self) -> str:
        return f"{self.path}/{self.name}.h"


def module_folders(tree: Tree) -> list[Folder]:
    """Folders at one or two levels below src/modules with files of their own; `tests` folders are none."""
    owned: dict[str, Folder] = {}
    sources = [s for s in tree.files if s.path.startswith("src/modules/") and len(s.parts) > 3]
    for source in sources:
        depth = 3 if len(source.parts) == 4 else 4
        if source.parts[depth - 1] in ("tests", "migrations"):
            depth -= 1
        if depth == 3 and source.parts[2] == "tests" or depth == 2:
            continue
        if depth == 3 and source.is_test and len(source.parts) > 4 and not _has_own_files(sources, source.parts[2]):
            continue  # tests/ of a department
        path = "/".join(source.parts[:depth])
        owned.setdefault(path, Folder(path)).files.append(source)
    for folder in owned.values():
        folder.needs = _needs(tree.by_path.get(f"{folder.path}/module.cpp"))
    return list(owned.values())


def _has_own_files(sources: list[Source], name: str) -> bool:
    return any(len(s.parts) == 4 and s.parts[2] == name for s in sources)


def _needs(module: Source | None) -> dict[str, int]:
    m = _NEEDS.search(module.uncommented) if module else None
    return {n[1]: module.line(m.start(1) + n.start()) for n in _NAME.finditer(m[1])} if m else {}


def _edges(folder: Folder, folders: list[Folder]) -> Iterator[Finding]:
    for source in folder.files:
        for include in source.includes:
            target = "src/" + include.target
            if not include.quoted or target.startswith(folder.path + "/"):
                continue
            other = next((f for f in folders if target.startswith(f.path + "/")), None)
            if other is None:
                continue
            if target != other.public_header:
                yield Finding(source.path, include.line, "modules",
                              f'only the public header of {other.name} is for others: include "{other.public_header[4:]}"')
            if other.name not in folder.needs and not source.is_test:
                yield Finding(source.path, include.line, "modules",
                              f'add "{other.name}" to .needs in {folder.path}/module.cpp, or read the log instead')


def _needed_exist(folder: Folder, folders: list[Folder]) -> Iterator[Finding]:
    known = {f.name for f in folders}
    for name, line in folder.needs.items():
        if name not in known:
            yield Finding(f"{folder.path}/module.cpp", line, "modules", f'.needs names "{name}", which is no module: remove it')


def _cycles(folders: list[Folder]) -> Iterator[Finding]:
    graph = {f.name: f for f in folders}
    done: set[str] = set()

    def walk(name: str, trail: list[str]) -> Iterator[Finding]:
        if name in trail:
            cycle = trail[trail.index(name) :] + [name]
            last = graph[trail[-1]]
            yield Finding(f"{last.path}/module.cpp", last.needs[name], "modules",
                          f"{' -> '.join(cycle)} is a cycle: let one of them read the other's events")
            return
        if name in done or name not in graph:
            return
        for need in graph[name].needs:
            yield from walk(need, trail + [name])
        done.add(name)

    for name in sorted(graph):
        yield from walk(name, [])


def _shape(folder: Folder) -> Iterator[Finding]:
    here = {s.path for s in folder.files}
    for wanted in (f"{folder.path}/module.cpp", f"{folder.path}/types.cpp", folder.public_header):
        if wanted not in here:
            yield Finding(wanted, 1, "layout", f"the module {folder.name} lacks this file: every module folder has it")
    migrations = sorted(s.path.rsplit("/", 1)[1] for s in folder.files if s.parts[-2] == "migrations")
    owner = next((s for s in folder.files if not s.is_test and any(tables_of(s))), None)
    if owner and not migrations:
        yield Finding(owner.path, 1, "layout",
                      f"{folder.name} has tables: create them in {folder.path}/migrations/0001_{folder.name}.sql")
    for number, name in enumerate(migrations, 1):
        m = _MIGRATION.fullmatch(name)
        if not m or int(m[1]) != number:
            yield Finding(f"{folder.path}/migrations/{name}", 1, "layout",
                          f"number migrations without a gap: {number:04}_what_it_does.sql")


def check(tree: Tree) -> Iterator[Finding]:
    folders = module_folders(tree)
    for folder in folders:
        yield from _edges(folder, folders)
        yield from _needed_exist(folder, folders)
        yield from _shape(folder)
    yield from _cycles(folders)
