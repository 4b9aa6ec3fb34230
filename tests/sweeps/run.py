#!/usr/bin/env python3
"""Sweeps over every route that the program declares, made from its own OpenAPI document, on SQLite and on PostgreSQL.

    tests/sweeps/run.py --daybook PATH

No token, an invalid one, another tenant's ids, a missing permission, every kind of hostile id, body, query and header, and the
same Idempotency-Key twice. A route that is added tomorrow is swept tomorrow; the only list of exceptions (sweep.py) may only
shrink.
"""
import argparse
import pathlib
import shutil
import sys
import tempfile
import threading
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.kit.postgres import Postgres  # noqa: E402
from tests.sweeps.sweep import Sweep  # noqa: E402


def swept(engine: str, program: str, data, failed: list):
    """Prints what was found; both engines at once, for each waits most of the time."""
    try:
        sweep = Sweep(program, data)
        try:
            sweep.run()
        finally:
            sweep.server.close()
        for failure in sweep.failures:
            print(f"FAIL {engine}: {failure}", flush=True)
        print(f"{engine}: {sweep.checks} checks on {len(sweep.routes)} routes, {len(sweep.failures)} failed", flush=True)
        failed += sweep.failures
    except Exception:
        traceback.print_exc()
        failed.append(engine)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--daybook", required=True)
    args = parser.parse_args()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="daybook-sweep-"))
    postgres = Postgres()
    failed = []
    places = {"SQLite": scratch / "data", "PostgreSQL": postgres.database("sweep")}
    threads = [threading.Thread(target=swept, args=(engine, args.daybook, data, failed)) for engine, data in places.items()]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        postgres.close()
        shutil.rmtree(scratch, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
