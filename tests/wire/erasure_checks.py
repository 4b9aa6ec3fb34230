"""Erasure as the disk sees it; the chain afterwards; and what `daybook verify` finds."""
import json
import pathlib
import sqlite3
import subprocess
import tempfile
import time

from tests.kit.server import new_id

from tests.kit.business import Place

WORDS = ("Zebedee", "Quillfeather", "900461", "Wren Lane")
CUSTOMER = {"name": "Zebedee Quillfeather", "phone": "+44 7700 900461", "email": "zebedee@quillfeather.example",
            "address": "7 Wren Lane"}


def tea(business) -> str:
    return business.must("POST", "/items", {"name": "Tea", "price": {"amount": 250, "currency": "EUR"}})["id"]


def check_nothing_is_left(place: Place):
    """By phone: gone from orders, log, audit and stored answers, and from the files. Numbers and amounts stay."""
    business = place.business()
    item = tea(business)
    lines = [{"item": item, "seat": 1}, {"item": item, "seat": 2}]
    orders = [business.must("POST", "/orders", {"id": new_id("ord"), "lines": lines, "customer": CUSTOMER}) for _ in range(3)]
    business.must("PATCH", f"/orders/{orders[0]['id']}", {"customer": {"name": "Zebedee Q."}}, headers={"If-Match": "1"})

    def split():
        return business.call("POST", f"/orders/{orders[1]['id']}/split", {"seats": [[2]]}, headers={"Idempotency-Key": "split"})

    parts = split().json["orders"]
    business.must("POST", f"/orders/{orders[2]['id']}/void", {"reason": "gone"})
    before = {o["id"]: business.must("GET", f"/orders/{o['id']}") for o in orders + parts}
    other = business.must("POST", "/privacy/erase", {"phone": "44 7700 900461", "reason": "asked"})
    assert other["subjects"] == 0, "another number"
    counted = business.must("POST", "/privacy/erase", {"phone": "+44-7700-900461", "reason": "asked"})
    assert counted["subjects"] == 4 and counted["rows"] == 4 and counted["answers"] == 1 and counted["events"] >= 6, counted
    told = [business.call("GET", path).text for path in ("/orders", "/daybook?limit=1000", "/audit?limit=200")] + [split().text]
    for word in WORDS:
        assert not any(word in text for text in told), f"{word} is still told"
    for order_id, order in before.items():
        now = business.must("GET", f"/orders/{order_id}")
        for member in ("number", "lines", "total", "state", "business_date"):
            assert now[member] == order[member], f"{member} of {order_id} changed"
    if isinstance(place.data, pathlib.Path):
        files = b"".join(f.read_bytes() for f in place.data.glob("daybook.db*"))
        for word in WORDS:
            assert word.encode() not in files, f"{word} is still in the files"
    place.server.run("verify")


def check_a_kept_head_proves_the_past(place: Place):
    """A signed head holds after an erasure behind it, and none of another business's does."""
    business = place.business()
    item = tea(business)
    business.must("POST", "/orders", {"id": new_id("ord"), "lines": [{"item": item}], "customer": CUSTOMER})
    deadline = time.time() + 10
    while not (heads := business.must("GET", "/audit/heads"))["data"]:
        assert time.time() < deadline, "no head was signed"
        time.sleep(0.1)
    business.must("POST", "/privacy/erase", {"email": CUSTOMER["email"], "reason": "asked"})
    with tempfile.TemporaryDirectory() as folder:
        kept = pathlib.Path(folder) / "heads.json"
        kept.write_text(json.dumps(heads))
        place.server.run("verify", "--head", str(kept))
        forged = json.loads(json.dumps(heads))
        forged["data"][0]["hash"] = forged["data"][0]["hash"][::-1]
        kept.write_text(json.dumps(forged))
        try:
            place.server.run("verify", "--head", str(kept))
        except AssertionError as refused:
            assert "exit 1" in str(refused), refused
        else:
            raise AssertionError("a forged head was believed")


def check_verify_finds_what_was_rewritten(place: Place):
    """Somebody changed a row of the log behind the program's back: exit 1, and which row."""
    with place.another() as own:
        business = own.business()
        tea(business)
        business.news()
        own.server.run("verify")
        own.server.stop()
        rewrite(own.data, "UPDATE core_log SET body = replace(body, '250', '150') WHERE type = 'item.created'")
        done = subprocess.run([own.program, "verify", "--data", str(own.data)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60)
        assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
        assert "BROKEN" in done.stdout and str(business.seq) in done.stdout, done.stdout


def rewrite(data, sql: str):
    if isinstance(data, pathlib.Path):
        db = sqlite3.connect(data / "daybook.db")
        with db:
            db.execute(sql)
        db.close()
    else:
        subprocess.run(["psql", "-q", "-X", data, "-c", sql], check=True, capture_output=True, stdin=subprocess.DEVNULL)
