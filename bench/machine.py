"""Where the figures come from: processor, kernel, disk, versions."""
from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

from servers import ROOT, SCRATCH, Peer, Postgres


def output(*command: str) -> str:
    """The first line that a program prints; empty when it is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip().split("\n")[0]
    except (OSError, subprocess.CalledProcessError):
        return ""


def _package_version(name: str) -> str:
    text = (ROOT / f"bench/peers/node/node_modules/{name}/package.json").read_text()
    return re.search(r'"version": "([^"]+)"', text)[1]


def describe() -> list[tuple[str, str]]:
    """(what, value) rows for the report."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1]) / 1024**2
    SCRATCH.mkdir(parents=True, exist_ok=True)
    disk = output("findmnt", "-no", "SOURCE,FSTYPE", "--target", str(SCRATCH)).split()
    peers = ", ".join(f"{name} {_package_version(name)}" for name in ("express", "better-sqlite3", "pg", "socket.io"))
    engines = f"SQLite {output('sqlite3', '--version').split(' ')[0]}, {output(str(Postgres.BIN / 'postgres'), '--version')}"
    return [
        ("processor", f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB"),
        ("kernel", f"Linux {platform.release()}"),
        ("disk", " ".join(disk)),
        ("load before", f"{os.getloadavg()[0]:.2f}"),
        ("Daybook", f"commit {output('git', 'rev-parse', '--short', 'HEAD')}, {output('g++', '--version')}, {engines}"),
        ("peer", f"Node {output(Peer.node, '--version')}, {peers}"),
    ]
