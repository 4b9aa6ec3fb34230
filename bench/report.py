"""bench/RESULTS.md from what was measured: ratios first, then the figures behind them, then the machine."""
from __future__ import annotations

from dataclasses import asdict, dataclass, field

from measure import Figure, Grown, Plan
from spent import Spent

NAMES = {"daybook": "Daybook", "peer": "peer"}


@dataclass
class Findings:
    date: str
    plan: Plan
    machine: list[tuple[str, str]]
    compared: dict[str, dict[str, dict[str, Figure]]] = field(default_factory=dict)  # store -> kind -> program -> medians
    idle_mb: dict[str, float] = field(default_factory=dict)
    grown: list[Grown] = field(default_factory=list)
    build_seconds: dict[str, float] = field(default_factory=dict)
    spent: Spent | None = None


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def _ratios(found: Findings) -> list[list[str]]:
    rows = []
    for store, kinds in found.compared.items():
        for kind, by in kinds.items():
            if "daybook" in by and "peer" in by:
                ours, theirs = by["daybook"], by["peer"]
                rows.append([f"{kind}, {store}", f"**{ours.rate / theirs.rate:.2f} ×**", f"{ours.p99_ms / theirs.p99_ms:.2f} ×"])
    return rows


def _figures(found: Findings) -> list[list[str]]:
    rows = []
    for store, kinds in found.compared.items():
        for kind, by in kinds.items():
            for program, f in by.items():
                rows.append([f"{kind}, {store}: {NAMES[program]}", f"{f.rate:,.0f}", f"{f.p50_ms:.1f}", f"{f.p99_ms:.1f}",
                             str(f.refused), f"{f.cpu_us:.0f}", f"{f.sync_ms:.2f}"])
    return rows


def _single(found: Findings) -> list[list[str]]:
    rows = [[f"memory of {NAMES[name]}, idle", f"{mb:.0f} MB"] for name, mb in found.idle_mb.items()]
    empty = found.compared.get("SQLite", {}).get("POST order", {}).get("daybook")
    for book in found.grown:
        rows.append([f"start to ready with {book.orders:,} orders", f"{book.ready_s:.2f} s"])
        against = f" ({book.post.rate / empty.rate:.2f} × of an empty book)" if empty else ""
        rows.append([f"orders placed a second with {book.orders:,} orders", f"{book.post.rate:,.0f}{against}"])
        rows.append([f"data of {book.orders:,} orders", f"{book.data_mb:,.0f} MB"])
    return rows + [[f"build: {name}", f"{seconds:.1f} s"] for name, seconds in found.build_seconds.items()]


def _spent(spent: Spent) -> list[list[str]]:
    writer = spent.threads[0][1]
    rows = [[f"thread: {name}", f"{micros:.0f} µs"] for name, micros in spent.threads]
    return rows + [[f"writer: {part}", f"{share * writer:.1f} µs"] for part, share in spent.writer]


PREFACE = """{date}. Written by `./dev bench`; figures of one machine compare with nothing but each other.

The peer is the usual stack for the same job, at its fastest: Node, Express, better-sqlite3 (WAL, synchronous=FULL) or pg,
socket.io; one process; one durable transaction an order. It inserts the order and three lines and does nothing else: no
validation, prices, tax, numbers, permissions, idempotency, log or audit. Daybook does all of that.

Load: {connections} connections, one request at a time on each, from the same machine; {warmup:g} s of warm-up, {seconds:g} s
measured; median of {rounds} alternating rounds, each on empty data. "Disk ms" is one forced write of 4 KiB just before a run:
where it differs between two rows, so does the ground under them.
"""


def markdown(found: Findings) -> str:
    parts = ["# Speed, with peers beside us\n", PREFACE.format(date=found.date, **asdict(found.plan))]
    if ratios := _ratios(found):
        parts += ["## Daybook against the peer\n", table(["", "rate", "p99"], ratios)]
    if figures := _figures(found):
        head = ["", "answers/s", "p50 ms", "p99 ms", "refused", "server CPU µs/request", "disk ms"]
        parts += ["## The figures behind it\n", table(head, figures)]
    if single := _single(found):
        parts += ["## More\n", table(["", ""], single)]
    if found.spent:
        parts += ["## Where the time of one order goes\n\n"
                  f"On SQLite, at {found.spent.rate:,.0f} orders/s: processor time an order. The writer's thread is the limit.\n",
                  table(["", ""], _spent(found.spent))]
    parts += ["## The machine\n", table(["", ""], [list(row) for row in found.machine])]
    return "\n".join(parts)
