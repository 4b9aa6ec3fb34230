#!/usr/bin/env python3
"""Wire tests: the real program, asked over HTTP, on SQLite and on PostgreSQL.

    tests/wire/run.py --daybook PATH [--only NAME] [--engine sqlite|postgres]

Plays every *.test file beside it (scenario.py says how they read) and every function `check_…` of the *_checks.py files, each
against a fresh business of its own. At the end `daybook verify` must hold.
"""
import argparse
import importlib
import itertools
import pathlib
import shutil
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.kit.postgres import Postgres  # noqa: E402
from tests.kit.business import Place  # noqa: E402
from tests.wire.scenario import Run  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


def scenarios():
    """(name, what to do with a place), for each file and each check."""
    for path in sorted(HERE.glob("*.test")):
        yield path.stem, lambda place, path=path: f"{Run(place.business()).play(path)} steps"
    for path in sorted(HERE.glob("*_checks.py")):
        module = importlib.import_module(f"tests.wire.{path.stem}")
        for name, check in vars(module).items():
            if name.startswith("check_") and check.__module__ == module.__name__:
                yield f"{path.stem}.{name.removeprefix('check_')}", check


class Engine(threading.Thread):
    """All scenarios on one database, one after another; what it has to say is printed as it comes."""

    def __init__(self, name, program, fresh, scenarios):
        super().__init__()
        self.name, self.program, self.fresh, self.scenarios = name, program, fresh, scenarios
        self.passed, self.failed = 0, []

    def run(self):
        try:
            place = Place(self.program, self.fresh)
        except Exception:
            self.fail("start")
            return
        for name, play in self.scenarios:
            start = time.time()
            try:
                said = play(place)
                self.passed += 1
                print(f"ok   {self.name} {name} ({time.time() - start:.1f} s){': ' + said if said else ''}", flush=True)
            except Exception:
                self.fail(name)
        try:
            place.server.run("verify")
        except Exception:
            self.fail("verify")
        place.server.close()

    def fail(self, name):
        self.failed.append(name)
        kind, wrong, _ = sys.exc_info()
        told = str(wrong) if kind is AssertionError and str(wrong) else traceback.format_exc()
        print(f"FAIL {self.name} {name}: {told}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--daybook", required=True)
    parser.add_argument("--only", default="", help="what contains this in its name")
    parser.add_argument("--engine", choices=("sqlite", "postgres"))
    args = parser.parse_args()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="daybook-wire-"))
    postgres = Postgres() if args.engine != "sqlite" else None
    count = itertools.count(1)
    fresh = {"sqlite": lambda: scratch / f"data{next(count)}", "postgres": lambda: postgres.database(f"wire{next(count)}")}
    chosen = [(name, play) for name, play in scenarios() if args.only in name]
    engines = [Engine(name, args.daybook, fresh[name], chosen) for name in fresh if args.engine in (None, name)]
    try:
        for engine in engines:
            engine.start()
        for engine in engines:
            engine.join()
    finally:
        if postgres:
            postgres.close()
        shutil.rmtree(scratch, ignore_errors=True)
    failed = [f"{e.name} {name}" for e in engines for name in e.failed]
    print(f"{sum(e.passed for e in engines)} passed, {len(failed)} failed{': ' + ', '.join(failed) if failed else ''}")
    return 1 if failed or not any(e.passed for e in engines) else 0


if __name__ == "__main__":
    sys.exit(main())
