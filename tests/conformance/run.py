#!/usr/bin/env python3
"""Judges the program's WebSockets on its echo socket, case by case, as a conformance suite does.

    tests/conformance/run.py --daybook PATH [--only TEXT] [--list]
    tests/conformance/run.py --port PORT          a server that runs already, with --diagnostics

The number in front of a case is its chapter, in the order that such suites have: 0 handshake, 1 framing, 2 pings, 3 reserved
bits, 4 opcodes, 5 fragments, 6 UTF-8, 7 closing, 9 and 10 sizes, 12 and 13 compression. Each case has a connection of its own.
"""
import argparse
import collections
import pathlib
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.conformance import closing, compression, framing, limits, opening, utf8  # noqa: E402
from tests.conformance.client import Client  # noqa: E402
from tests.kit.server import Server  # noqa: E402

AT_ONCE = 8  # most of them wait more than they work


def on_one_connection(case, connect):
    return case(connect())


def all_cases():
    for name, case in chain(framing.cases(), utf8.cases(), closing.cases(), limits.cases()):
        yield name, partial(on_one_connection, case)
    yield from opening.cases()
    yield from compression.cases()


def judge(port, name, case):
    """What is wrong, "" when nothing is; and the seconds it took."""
    opened, start = [], time.monotonic()

    def connect(**how):
        opened.append(Client(port, **how))
        return opened[-1]

    try:
        case(connect)
        return "", time.monotonic() - start
    except Exception as wrong:  # whatever the bytes made a case stumble over
        return f"{type(wrong).__name__}: {wrong}", time.monotonic() - start
    finally:
        for client in opened:
            client.socket.close()


def run(port, cases) -> int:
    failed, chapters = 0, collections.Counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for (name, _), (wrong, _) in zip(cases, pool.map(lambda one: judge(port, *one), cases)):
            chapters[name.split()[0]] += 1
            if wrong:
                failed += 1
                print(f"FAILED {name}: {wrong}", flush=True)
    counts = ", ".join(f"{chapter}: {count}" for chapter, count in chapters.items())
    print(f"conformance: {len(cases)} cases ({counts}), {failed} failed")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--daybook")
    parser.add_argument("--port", type=int)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    cases = [(name, case) for name, case in all_cases() if options.only in name]
    if options.list:
        return print(*(name for name, _ in cases), sep="\n")
    if options.port:
        return sys.exit(1 if run(options.port, cases) else 0)
    with tempfile.TemporaryDirectory(prefix="daybook-conformance-") as scratch:
        server = Server(options.daybook, f"{scratch}/data", "--diagnostics", "--log-level", "warning", log=f"{scratch}/log")
        try:
            failed = run(server.port, cases)
            server.stop()
            said = pathlib.Path(scratch, "log").read_text()
            wrong = server.process.returncode != 0 or "ERROR: AddressSanitizer" in said or "runtime error" in said
            if wrong:
                print(f"the server ended with {server.process.returncode}:\n{said[-4000:]}")
        finally:
            server.close()
    sys.exit(1 if failed or wrong else 0)


if __name__ == "__main__":
    main()
