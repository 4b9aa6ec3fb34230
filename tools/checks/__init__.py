"""The checks of tools/lint.py: each module exports `check(tree) -> Iterable[Finding]`."""
