"""A disk that runs full in mid-business."""
import pathlib
import subprocess
import time

from tests.kit.server import Server
from tests.world.kills import check, events_once, menu, order_body, Load


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
        deadline = time.time() + 20
        while not load.refused and time.time() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        load.stop()
        assert load.refused, "the disk was full and nothing was refused"
        for _, answer in load.refused:
            assert answer.status == 503, answer.text
        codes = {answer.json["code"] for _, answer in load.refused}
        assert "storage.full" in codes, codes
        ballast.unlink()
        deadline = time.time() + 15   # recovery without a restart
        while server.call("POST", "/orders", order_body(items)).status != 201:
            assert time.time() < deadline, "no order went through after the disk had room again"
            time.sleep(0.1)
        a, _ = check(server, load)
        events_once(server, load.acknowledged.keys())
        server.run("verify")
        return f"{a} acknowledged, {len(load.refused)} refused ({', '.join(sorted(codes))})"
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
