"""Disks that run full, and disks whose syncs and writes fail, in mid-business."""
import pathlib
import random
import subprocess
import time

from tests.kit.faulty_disk import FaultyDisk
from tests.kit.server import Server
from tests.world.load import Load, check, events_once, menu, order_body

UNKNOWN, UNAVAILABLE = "storage.commit_unknown", "storage.unavailable"


def full(program, mount: pathlib.Path):
    mount.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(mount)], check=True)
    server = None
    try:
        server = Server(program, mount / "data", "--demo", "--log-level", "off")
        server.sign_in()
        items = menu(server)
        load = Load(server, items)
        time.sleep(0.3)
        ballast = mount / "ballast"
        fill(ballast)
        eventually(lambda: load.refused, "the disk was full and nothing was refused")
        time.sleep(0.5)
        load.stop()
        for _, answer in load.refused:
            assert answer.status == 503, answer.text
        codes = load.codes()
        assert "storage.full" in codes, codes
        ballast.unlink()
        eventually(lambda: server.call("POST", "/orders", order_body(items)).status == 201,
                   "no order went through after the disk had room again")  # without a restart
        events_once(server, check(server, load))
        server.run("verify")
        return f"{len(load.acknowledged)} acknowledged, {len(load.refused)} refused ({', '.join(sorted(codes))})"
    finally:
        if server:
            server.close()
        subprocess.run(["umount", str(mount)], check=False)


def fill(ballast: pathlib.Path):
    chunk = b"\0" * 65536
    with open(ballast, "wb", buffering=0) as out:
        try:
            while True:
                out.write(chunk)
        except OSError:
            return


def eventually(holds, why: str, seconds=30):
    deadline = time.time() + seconds
    while not holds():
        assert time.time() < deadline, why
        time.sleep(0.05)


# ---- a disk that fails ----------------------------------------------------------------------------------------------


def failing(program, scratch: pathlib.Path):
    """One server lives through every kind of failure, and then dies in the middle of each of them."""
    disk = FaultyDisk(scratch)
    server = Server(program, scratch / "data", "--demo", "--log-level", "off", env=disk.env)
    server.sign_in()
    items = menu(server)
    known, refused = [], 0
    try:
        load = Load(server, items)
        load.wait_for(10, 30, "no order went through")
        commits_fail(disk, load, "fsync", {UNKNOWN})
        commits_fail(disk, load, "write", {UNKNOWN, UNAVAILABLE})
        for what, percent in (("fsync", 50), ("write", 1)):  # a commit is one sync, and some hundred writes
            some_commits_fail(disk, load, what, percent)
            copying_fails(disk, load, what)
        load.stop()
        assert server.process.poll() is None, "the server ended"
        known += check(server, load)
        refused += len(load.refused)
        for what, name in (("fsync", "daybook.db-wal"), ("write", "daybook.db-wal"), ("write", "daybook.db")):
            load = dies(server, disk, items, what, name)
            known += check(server, load)
            refused += len(load.refused)
        events_once(server, known)
        server.run("verify")
    finally:
        server.close()
    return f"{disk.failures()} failures, {len(known)} orders, {refused} of them refused at first"


def hit(disk: FaultyDisk, what: str, percent: int, name: str):
    before = disk.failures()
    disk.fail(what, percent, name)
    eventually(lambda: disk.failures() > before, f"no {what} of {name} failed")


def commits_fail(disk, load, what, codes):
    """While every one fails nothing is acknowledged; afterwards all goes on by itself."""
    before = len(load.refused)
    hit(disk, what, 100, "daybook.db-wal")
    eventually(lambda: len(load.refused) > before, "nothing was refused")
    time.sleep(0.5)
    acknowledged = len(load.acknowledged)
    time.sleep(0.5)
    assert len(load.acknowledged) == acknowledged, f"acknowledged, though each {what} failed"
    disk.mend()
    load.wait_for(20, 30, f"no order went through after the last {what} had failed")
    for _, answer in load.refused[before:]:
        assert answer.status == 503 and answer.json["code"] in codes, answer.text
        assert "retry-after" in answer.headers, answer.headers


def some_commits_fail(disk, load, what, percent):
    """About every other one: groups are looked up, run again, and found unknown, one after the other."""
    before = len(load.refused)
    hit(disk, what, percent, "daybook.db-wal")
    load.wait_for(10, 60, f"no order went through while some {what}s failed")
    disk.mend()
    load.wait_for(10, 30, f"no order went through after {what}s had failed")
    for _, answer in load.refused[before:]:
        assert answer.status == 503 and answer.json["code"] in (UNKNOWN, UNAVAILABLE), answer.text


def copying_fails(disk, load, what):
    """The log cannot be copied into the file. That is no client's business."""
    refused = len(load.refused)
    hit(disk, what, 100, "daybook.db")
    load.wait_for(10, 30, "no order went through while the file could not be written")
    assert len(load.refused) == refused, load.codes()
    disk.mend()


def dies(server, disk, items, what, name):
    """kill -9 while the disk fails. It is sound when the server comes back."""
    load = Load(server, items)
    load.wait_for(5, 30, "no order went through")
    hit(disk, what, 100, name)
    time.sleep(random.uniform(0, 0.3))
    server.kill()
    disk.mend()
    load.stop()
    server.start()
    return load
