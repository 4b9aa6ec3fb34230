#!/usr/bin/env python3
"""World tests: the real program, real databases, and a world that breaks.

    tests/world/run.py --daybook PATH [--rounds 25] [--only NAME]

Each scenario runs on SQLite and on PostgreSQL where it makes sense. After every one `daybook verify` must pass.
"""
import argparse
import pathlib
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.kit.postgres import Postgres  # noqa: E402
from tests.world import disk, files, kills  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--daybook", required=True)
    parser.add_argument("--rounds", type=int, default=25, help="kill -9 so many times on each database")
    parser.add_argument("--only", default="", help="scenarios whose name contains this")
    args = parser.parse_args()
    postgres = Postgres()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="daybook-world-"))
    scenarios = [
        ("kill on SQLite", lambda: kills.killed_under_load(args.daybook, scratch / "kill", args.rounds)),
        ("kill on PostgreSQL", lambda: kills.killed_under_load(args.daybook, postgres.database("kill"), args.rounds)),
        ("PostgreSQL restarted under load", lambda: kills.database_restarted(args.daybook, postgres)),
        ("a drain loses nothing", lambda: kills.drained(args.daybook, scratch / "drain")),
        ("full disk", lambda: disk.full(args.daybook, scratch / "full")),
        ("files that are not ours", lambda: files.refused(args.daybook, scratch / "files")),
        ("backup, restore and erasure", lambda: files.restored(args.daybook, scratch / "restore")),
    ]
    failed = 0
    try:
        for name, scenario in scenarios:
            if args.only not in name:
                continue
            start = time.time()
            try:
                said = scenario()
                print(f"ok   {name} ({time.time() - start:.1f} s){': ' + said if said else ''}", flush=True)
            except Exception:
                failed += 1
                print(f"FAIL {name}", flush=True)
                traceback.print_exc()
    finally:
        postgres.close()
    print(f"{'FAILED' if failed else 'all passed'}; scratch: {scratch}" if failed else "all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
