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
    yield "failing statement on PostgreSQL", lambda: commits.statement_fails(
        daybook, postgres.database("poisoned"), lambda: commits.poison_postgres(postgres, "poisoned"))
    yield "one request at once on SQLite", lambda: retries.same_at_once(daybook, scratch / "retries", 6)
    yield "one request at once on PostgreSQL", lambda: retries.same_at_once(daybook, postgres.database("retries"), 6)
    yield "resumption on SQLite", lambda: resume.on_sqlite(daybook, scratch / "resume", 3)
    yield "resumption on PostgreSQL", lambda: resume.on_postgres(daybook, postgres, 3)
    yield "lists and the log on SQLite", lambda: snapshots.joined(daybook, scratch / "snapshots")
    yield "lists and the log on PostgreSQL", lambda: snapshots.joined(daybook, postgres.database("snapshots"))
    yield "hostile peers", lambda: hostile.peers(daybook, scratch / "hostile")


def run(name, scenario) -> bool:
    start = time.time()
    try:
        said = scenario()
    except Exception:
        print(f"FAIL {name} ({time.time() - start:.1f} s)", flush=True)
        traceback.print_exc()
        return False
    print(f"ok   {name} ({time.time() - start:.1f} s){': ' + said if said else ''}", flush=True)
    return True


def all_scenarios(daybook, rounds, only) -> int:
    """How many failed; each set of scenarios has a PostgreSQL and a folder of its own."""
    postgres = Postgres()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="daybook-world-"))
    try:
        failed = sum(not run(name, scenario) for name, scenario in scenarios(daybook, postgres, scratch, rounds) if only in name)
    finally:
        postgres.close()
    if not failed:
        shutil.rmtree(scratch, ignore_errors=True)
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--daybook", required=True)
    parser.add_argument("--rounds", type=int, default=25, help="kill -9 so many times on each database")
    parser.add_argument("--repeat", type=int, default=1, help="so many times, with as many rounds in all")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--only", default="", help="scenarios whose name contains this")
    args = parser.parse_args()
    random.seed(args.seed)
    print(f"seed {args.seed}", flush=True)
    failed = sum(all_scenarios(args.daybook, max(1, args.rounds // args.repeat), args.only) for _ in range(args.repeat))
    print("all passed" if not failed else f"{failed} failed; --seed {args.seed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
