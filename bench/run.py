#!/usr/bin/env python3
"""Speed with peers beside us: starts Daybook and its peers in turn on this machine, writes bench/RESULTS.md.

Called by ./dev bench, which builds build/bench first. Everything listens on 127.0.0.1 and ends with this script.
"""
from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import machine  # noqa: E402
import report  # noqa: E402
from measure import Plan, build_seconds, compare, grown, idle_mb  # noqa: E402
from spent import spent  # noqa: E402
from servers import PROGRAM, ROOT, Daybook, Peer, Postgres, fresh_folder, install_peer  # noqa: E402


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n")[0])
    parser.add_argument("--date", default=datetime.date.today().isoformat(), help="as printed in the report")
    parser.add_argument("--rounds", type=int, default=3, help="of each program; the median counts")
    parser.add_argument("--seconds", type=float, default=10, help="measured in one run")
    parser.add_argument("--warmup", type=float, default=2, help="seconds before measuring starts")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--grown", type=int, nargs="*", default=[100_000, 1_000_000], metavar="ORDERS",
                        help="sizes of the book to start from and to write on; none: leave it out")
    parser.add_argument("--only", choices=["daybook", "peer"], help="measure one side: no ratios")
    parser.add_argument("--without", action="append", default=[], choices=["sqlite", "postgres", "build"])
    parser.add_argument("--out", type=Path, default=ROOT / "bench/RESULTS.md")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    if options.only != "peer" and not PROGRAM.is_file():
        raise SystemExit("no build/bench/daybook: ./dev build bench")
    install_peer()
    plan = Plan(options.rounds, options.seconds, options.warmup, options.connections)
    programs = [p for p in (Daybook, Peer) if options.only in (None, p.name)]
    findings = report.Findings(options.date, plan, machine.describe())
    if "sqlite" not in options.without:
        makers = [lambda p=p: p(fresh_folder(p.name)) for p in programs]
        findings.compared["SQLite"] = compare(makers, plan, say)
        findings.idle_mb = {p.name: idle_mb(m) for p, m in zip(programs, makers)}
    if "postgres" not in options.without:
        with Postgres() as postgres:
            makers = [lambda p=p: p(postgres.fresh_database(p.name)) for p in programs]
            findings.compared["PostgreSQL"] = compare(makers, plan, say)
    if Daybook in programs:
        findings.grown = [grown(orders, plan, say) for orders in options.grown]
        findings.spent = spent(plan)
        findings.build_seconds = {} if "build" in options.without else build_seconds()
    options.out.write_text(report.markdown(findings))
    say(f"written: {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
