#!/usr/bin/env python3
"""World tests: the real program, real databases, and a world that breaks.

    tests/world/run.py --daybook PATH [--rounds 25] [--repeat 1] [--seed N] [--only NAME]

Each scenario runs on SQLite and on PostgreSQL where it makes sense. After every one `daybook verify` must pass. The seed
decides what the clients ask for and when things break; when exactly they meet is up to the machine.
"""
import argparse
import pathlib
import random
import shutil
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.kit.postgres import Postgres  # noqa: E402
from tests.world import commits, disk, files, hostile, kills, resume, retries, snapshots  # noqa: E402


def scenarios(daybook, postgres, scratch: pathlib.Path, rounds):
    """(name, what to run). The kills are as many as asked for; everything else is as long as it has to be."""
    def database(name):
        return postgres.database(name)

    yield "kill on SQLite", lambda: kills.killed_under_load(daybook, scratch / "kill", rounds)
    yield "kill on PostgreSQL", lambda: kills.killed_under_load(daybook, database("kill"), rounds)
    yield from once_more(daybook, postgres, scratch)


def once_more(daybook, postgres, scratch: pathlib.Path):
    """What a soak repeats."""
    poisoned = scratch / "poisoned"
    yield "PostgreSQL restarted under load", lambda: kills.database_restarted(daybook, postgres)
    yield "a drain loses nothing", lambda: kills.drained(daybook, scratch / "drain")
    yield "full disk", lambda: disk.full(daybook, scratch / "full")
    yield "failing disk", lambda: disk.failing(daybook, scratch / "failing")
    yield "files that are not ours", lambda: files.refused(daybook, scratch / "files")
    yield "backup, restore and erasure", lambda: files.restored(daybook, scratch / "restore")
    yield "COMMIT cut at random", lambda: commits.cut_at_random(daybook, postgres)
    yield "COMMIT that nobody can ask about", lambda: commits.nobody_can_say(daybook, postgres)
    yield "COMMIT without an answer", lambda: commits.swallowed(daybook, postgres)
    yield "failing statement on SQLite", lambda: commits.statement_fails(
        daybook, poisoned, lambda: commits.poison_sqlite(poisoned))
