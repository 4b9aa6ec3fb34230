#!/usr/bin/env python3
"""Checks of the source tree that no compiler makes: `tools/lint.py [ROOT]`.

Prints `file:line: [check] what is wrong: what mends it` and ends with 1 when there is a finding.
Python 3.11, standard library only.
"""
from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from checks import bans, coroutines, floors, modules, sizes, tables  # noqa: E402
from checks.source import Finding, Tree  # noqa: E402

CHECKS = (floors, modules, tables, coroutines, sizes, bans)


def findings(root: Path) -> list[Finding]:
    """All findings in the tree below `root`, by place."""
    tree = Tree(root)
    return sorted((f for c in CHECKS for f in c.check(tree)), key=lambda f: (f.path, f.line, f.check))


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    found = findings(root)
    for finding in found:
        print(finding)
    print(f"lint: {len(found)} findings" if found else "lint: clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
