"""Files that are not ours, a second server, and what a restore brings back, and what not."""
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess

from tests.kit.server import Server
from tests.world.load import menu, order_body


def serve_once(program, data):
    return subprocess.run([program, "serve", "--data", str(data), "--listen", "127.0.0.1:0"], capture_output=True, text=True,
                          timeout=20, stdin=subprocess.DEVNULL)


def must_refuse(program, data, *words):
    before = (data / "daybook.db").read_bytes()
    done = serve_once(program, data)
    said = done.stdout + done.stderr
    assert done.returncode == 1, f"exit {done.returncode}: {said}"
    for word in words:
        assert word in said, f"'{word}' is not in: {said}"
    assert (data / "daybook.db").read_bytes() == before, "the file was touched"


def refused(program, scratch: pathlib.Path):
    scratch.mkdir(parents=True)
    good = scratch / "good"
    server = Server(program, good, "--demo", "--log-level", "off")
    second = serve_once(program, good)
    assert second.returncode == 1 and str(server.process.pid) in second.stderr + second.stdout, second.stderr
    server.stop()
    truncated = scratch / "truncated"
    shutil.copytree(good, truncated)
    os.truncate(truncated / "daybook.db", (good / "daybook.db").stat().st_size // 2)
    must_refuse(program, truncated, "daybook.db")
    foreign = scratch / "foreign"
    foreign.mkdir()
    with sqlite3.connect(foreign / "daybook.db") as other:
        other.execute("CREATE TABLE somebody_else (x)")
    must_refuse(program, foreign, "daybook.db")
    newer = scratch / "newer"
    shutil.copytree(good, newer)
    with sqlite3.connect(newer / "daybook.db") as db:
        table = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE name = 'core_schema'")]
        assert table, "core_schema is missing"
        column = db.execute("SELECT name FROM pragma_table_info('core_schema')").fetchone()[0]
        db.execute(f"UPDATE core_schema SET {column} = 9999")
    done = serve_once(program, newer)
    assert done.returncode == 1 and "newer" in (done.stdout + done.stderr).lower(), done.stderr
    server.close()


def restored(program, scratch: pathlib.Path):
    scratch.mkdir(parents=True)
    data, copy = scratch / "data", scratch / "copy.db"
    server = Server(program, data, "--demo", "--log-level", "off")
    server.sign_in()
    items = menu(server)
    customer = {"name": "Zebedee Quillfeather", "phone": "+44 7700 900461", "email": "zebedee@quillfeather.example",
                "address": "7 Wren Lane"}
    body = {**order_body(items), "customer": customer}
    assert server.call("POST", "/orders", body).status == 201
    position = server.call("GET", "/orders?limit=1").headers["daybook-position"]
    server.run("backup", str(copy))
    heads = scratch / "heads.json"
    heads.write_text(server.call("GET", "/audit/heads").text)
    late = order_body(items)
    assert server.call("POST", "/orders", late).status == 201
    erased = server.call("POST", "/privacy/erase", {"phone": "+447700900461", "reason": "asked"})
    assert erased.status == 200 and erased.json["subjects"] == 1, erased.text
    gone(server, data, body["id"])
    server.run("verify", "--head", str(heads))
    server.stop()
    # The copy knows the customer still; the list of erasures beside the data does not forget.
    subprocess.run([program, "restore", str(copy), "--data", str(data), "--replace"], check=True, capture_output=True,
                   stdin=subprocess.DEVNULL)
    server.start()
    gone(server, data, body["id"])
    assert server.call("GET", f"/orders/{late['id']}").status == 404, "what came after the backup is not in it"
    old, new = position.split(":")[0], server.call("GET", "/orders?limit=1").headers["daybook-position"].split(":")[0]
    assert old != new, "a restore begins another history"
    assert server.call("GET", f"/daybook?after={position}").status == 200, "a position from before the backup goes on"
    foreign = server.call("GET", f"/daybook?after={old}:999999")
    assert foreign.status == 409, foreign.text
    server.run("verify")
    server.close()


def gone(server: Server, data: pathlib.Path, order_id: str):
    words = ["Zebedee", "Quillfeather", "900461", "Wren Lane"]
    order = server.call("GET", f"/orders/{order_id}").text
    log = json.dumps(server.call("GET", "/daybook?limit=1000").json)
    bytes_on_disk = b"".join(f.read_bytes() for f in data.glob("daybook.db*"))
    for word in words:
        assert word not in order and word not in log, f"{word} is still told"
        assert word.encode() not in bytes_on_disk, f"{word} is still in the file"
