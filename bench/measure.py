"""One measurement after another: load rounds that alternate between programs, and the single figures of Daybook."""
from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from servers import ROOT, SCRATCH, Daybook, Server, fresh_folder

LOAD = ROOT / "build/bench/bench/daybook_load"
KINDS = ("POST order", "GET order by id", "GET 50 newest orders")


def sync_ms() -> float:
    """Median milliseconds of a 4 KiB write that is forced to the disk: what every durable commit pays at least."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    path, times = SCRATCH / "sync", []
    with open(path, "wb", buffering=0) as file:
        for _ in range(200):
            begin = time.perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begin)
    path.unlink()
    return statistics.median(times) * 1000


@dataclass(frozen=True)
class Plan:
    rounds: int
    seconds: float
    warmup: float
    connections: int


@dataclass(frozen=True)
class Figure:
    """One load run, or the medians of several."""

    rate: float
    p50_ms: float
    p99_ms: float
    refused: int  # answers that were not 2xx, and broken connections
    cpu_us: float  # of the server's process, a request
    sync_ms: float  # of the disk, just before

    @staticmethod
    def median(figures: list[Figure]) -> Figure:
        middle = lambda pick: statistics.median(pick(f) for f in figures)  # noqa: E731
        return Figure(middle(lambda f: f.rate), middle(lambda f: f.p50_ms), middle(lambda f: f.p99_ms),
                      sum(f.refused for f in figures), middle(lambda f: f.cpu_us), middle(lambda f: f.sync_ms))


def load(server: Server, *options: str) -> tuple[dict, float]:
    """One run of the load generator: what it printed, and the seconds of processor that the server took."""
    command = [str(LOAD), "--url", server.url, *options]
    for header in server.headers:
        command += ["--header", header]
    before = server.cpu_seconds()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout), server.cpu_seconds() - before


def figure(server: Server, plan: Plan, *options: str) -> Figure:
    sync = sync_ms()
    seen, cpu = load(server, "--seconds", str(plan.seconds), "--warmup", str(plan.warmup),
                     "--connections", str(plan.connections), *options)
    good = sum(n for status, n in seen["answers"].items() if status.startswith("2"))
    total = sum(seen["answers"].values())
    all_requests = max(1.0, seen["rate"] * (plan.seconds + plan.warmup))
    return Figure(seen["rate"], seen["p50_ms"], seen["p99_ms"], total - good + seen["errors"], cpu * 1e6 / all_requests, sync)


def post_options(server: Server, folder: str) -> list[str]:
    """What the load generator needs to place orders of three lines: written once, after the server started."""
    body, lines = Path(folder, "order.json"), Path(folder, "lines")
    line = "{{pick:line}}"
    body.write_text(f'{{"id":"{{{{id}}}}","type":"pickup","source":"pos","lines":[{line},{line},{line}]}}')
    lines.write_text("\n".join(server.line()) + "\n")
    return ["--method", "POST", "--path", server.orders_path, "--body-template", str(body), "--list", f"line={lines}"]


def three_kinds(server: Server, plan: Plan) -> dict[str, Figure]:
    """Orders placed, then read by id, then listed, on one running server."""
    with tempfile.TemporaryDirectory() as folder:
        ids = f"{folder}/ids"
        return {
            KINDS[0]: figure(server, plan, *post_options(server, folder), "--ids", ids),
            KINDS[1]: figure(server, plan, "--path", server.orders_path + "/{{pick:ids}}", "--list", f"ids={ids}"),
            KINDS[2]: figure(server, plan, "--path", server.orders_path + "?limit=50"),
        }


def compare(makers: list[Callable[[], Server]], plan: Plan, say: Callable[[str], None]) -> dict[str, dict[str, Figure]]:
    """{kind: {program: medians}}: in every round each program starts on empty data, one after the other."""
    seen: dict[str, dict[str, list[Figure]]] = {kind: {} for kind in KINDS}
    for number in range(plan.rounds):
        for make in makers if number % 2 == 0 else reversed(makers):
            server = make()
            server.start()
            try:
                for kind, one in three_kinds(server, plan).items():
                    seen[kind].setdefault(server.name, []).append(one)
                    say(f"round {number + 1}: {server.name}: {kind}: {one.rate:,.0f}/s, p99 {one.p99_ms:.1f} ms, "
                        f"{one.refused} refused, disk {one.sync_ms:.2f} ms")
            finally:
                server.stop()
    return {kind: {name: Figure.median(all_rounds) for name, all_rounds in by.items()} for kind, by in seen.items()}


def idle_mb(make: Callable[[], Server]) -> float:
    server = make()
    server.start()
    try:
        time.sleep(3)
        return server.rss_mb()
    finally:
        server.stop()


@dataclass(frozen=True)
class Grown:
    orders: int
    ready_s: float
    post: Figure
    data_mb: float


def grown(orders: int, plan: Plan, say: Callable[[str], None]) -> Grown:
    """Daybook on SQLite with that many orders: how long it takes to start, how fast it still is."""
    server = Daybook(fresh_folder("grown"))
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            count = ("--requests", str(orders), "--connections", str(plan.connections))
            seen, _ = load(server, *post_options(server, folder), *count)
            say(f"{orders:,} orders placed in {seen['seconds']:.0f} s: {seen['answers']}")
            server.stop()
            ready = server.start()
            post = figure(server, plan, *post_options(server, folder))
    finally:
        server.stop()
    size = sum(f.stat().st_size for f in Path(server.store).rglob("*") if f.is_file())
    shutil.rmtree(server.store)
    return Grown(orders, ready, post, size / 1e6)


def build_seconds() -> dict[str, float]:
    """The release program from nothing, without a compiler cache; and again after one source file of a module changed."""
    folder = SCRATCH / "build"
    shutil.rmtree(folder, ignore_errors=True)
    environment = os.environ | {"CCACHE_DISABLE": "1"}

    def timed(*command: str) -> float:
        begin = time.monotonic()
        subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        return time.monotonic() - begin

    subprocess.run(["cmake", "--preset", "release", "-B", str(folder)], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    ninja = ("ninja", "-C", str(folder), "-j", str(os.cpu_count()), "daybook")
    found = {"release from nothing": timed(*ninja)}
    changed = next(iter(sorted((ROOT / "src/modules").rglob("place_order.cpp"))), ROOT / "src/main/program/main.cpp")
    changed.touch()
    found[f"after a change of {changed.relative_to(ROOT)}"] = timed(*ninja)
    shutil.rmtree(folder)
    return found
