"""Where the figures come from: processor, kernel, disk, versions."""
from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import time
from pathlib import Path

from servers import ROOT, SCRATCH, Peer


def output(*command: str) -> str:
    """The first line that a program prints; empty when it is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip().split("\n")[0]
    except (OSError, subprocess.CalledProcessError):
        return ""


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


def _package_version(name: str) -> str:
    text = (ROOT / f"bench/peers/node/node_modules/{name}/package.json").read_text()
    return re.search(r'"version": "([^"]+)"', text)[1]


def describe() -> list[tuple[str, str]]:
    """(what, value) rows for the report."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1]) / 1024**2
    disk = output("df", "--output=source,fstype", str(ROOT)) and subprocess.run(
        ["df", "--output=source,fstype", str(ROOT)], capture_output=True, text=True).stdout.split("\n")[1].split()
    peers = ", ".join(f"{name} {_package_version(name)}" for name in ("express", "better-sqlite3", "pg", "socket.io"))
    return [
        ("processor", f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB"),
        ("kernel", f"Linux {platform.release()}"),
        ("disk", f"{' '.join(disk or [])}, one forced 4 KiB write {sync_ms():.2f} ms (median)"),
        ("load before", f"{os.getloadavg()[0]:.2f}"),
        ("Daybook", f"commit {output('git', 'rev-parse', '--short', 'HEAD')}, {output('g++', '--version')}, "
                    f"SQLite {output('sqlite3', '--version').split(' ')[0]}, {output('/usr/lib/postgresql/15/bin/postgres', '--version')}"),
        ("peer", f"Node {output(Peer.node, '--version')}, {peers}"),
    ]
