"""Where the time of one order goes: the threads of a loaded server, and what its busiest one, the writer's, is busy with."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from measure import Plan, load, post_options
from servers import SCRATCH, TICKS, Daybook, fresh_folder

# The first that a call chain goes through names the part. Symbols as perf prints them.
PARTS = [
    ("making the log durable (fdatasync)", ("fdatasync",)),
    ("writing the log (pwrite)", ("pwrite",)),
    ("reading pages", ("pread",)),
    ("hashing", ("libcrypto",)),
    ("SQLite: rows, indexes, sums of pages", ("libsqlite3",)),
    ("printing JSON", ("reflect::print", "base::print_id")),
    ("memory", ("libjemalloc", "operator new", "operator delete")),
    ("the rest of the kernel", ("[kernel", "[unknown]")),
]


@dataclass(frozen=True)
class Spent:
    rate: float
    threads: list[tuple[str, float]]  # (what it does, µs of processor an order), busiest first
    writer: list[tuple[str, float]]  # (part, share)


def _ticks(pid: int) -> dict[str, int]:
    found = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            fields = Path(f"/proc/{pid}/task/{task}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[task] = int(fields[11]) + int(fields[12])
    return found


def _part(chain: list[str]) -> str:
    for name, marks in PARTS:
        if any(mark in frame for frame in chain for mark in marks):
            return name
    return "Daybook: prices, tickets, events, answers"


def _shares(recording: Path) -> list[tuple[str, float]]:
    """Samples by the part that their call chain, or the library of the innermost frame, belongs to."""
    text = subprocess.run(["perf", "script", "-i", str(recording), "-F", "ip,sym,dso"], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout
    counted: dict[str, int] = {}
    for sample in filter(None, text.split("\n\n")):
        frames = [line.strip() for line in sample.splitlines() if line.strip()]
        # Frames behind a library without frame pointers are guesses: system calls and the innermost frame are not.
        chain = [frame for frame in frames if "sys_" in frame or "libc" in frame] + frames[:1]
        part = _part(chain)
        counted[part] = counted.get(part, 0) + 1
    total = sum(counted.values()) or 1
    return sorted(((part, count / total) for part, count in counted.items()), key=lambda one: -one[1])


def spent(plan: Plan) -> Spent | None:
    """None where perf is not allowed to look."""
    if not shutil.which("perf"):
        return None
    server = Daybook(fresh_folder("spent"))
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            seen: dict[str, float] = {}
            options = ("--seconds", str(plan.seconds), "--warmup", str(plan.warmup), "--connections", str(plan.connections))
            runner = threading.Thread(target=lambda: seen.update(load(server, *options, *post_options(server, folder))[0]))
            runner.start()
            time.sleep(plan.warmup + 1)
            before, begin = _ticks(server.process.pid), time.monotonic()
            time.sleep(max(1.0, plan.seconds / 3))
            after, took = _ticks(server.process.pid), time.monotonic() - begin
            busy = sorted(((t, after[t] - before.get(t, 0)) for t in after), key=lambda one: -one[1])
            recording = SCRATCH / "spent.perf"
            perf = ["perf", "record", "-q", "-F", "997", "-g", "-t", busy[0][0], "-o", str(recording), "--", "sleep",
                    str(max(1.0, plan.seconds / 3))]
            recorded = subprocess.run(perf, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
            runner.join()
    finally:
        server.stop()
    if not recorded:
        return None
    names = ["writer", "copying the log into the file"]
    micros = [ticks / TICKS / took / seen["rate"] * 1e6 for _, ticks in busy]
    rows = list(zip(names, micros)) + [("connections, parsing, all else", sum(micros[2:]))]
    shares = _shares(recording)
    recording.unlink()
    return Spent(seen["rate"], rows, shares)
