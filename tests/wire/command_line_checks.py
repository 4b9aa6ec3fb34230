"""The command line beside a running server, and its exit codes: 0 done, 1 failed, 2 wrong usage, 3 wrong configuration."""
import json
import os
import pathlib
import subprocess
import tempfile

from tests.kit.server import new_id

from tests.kit.business import Place


def run(place: Place, *args: str, data=True, env=None, text=None):
    command = [place.program, *args, *(["--data", str(place.data)] if data else [])]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **(env or {})},
                          **({"input": text} if text else {"stdin": subprocess.DEVNULL}))


def expect(code: int, done, *words: str):
    said = done.stdout + done.stderr
    assert done.returncode == code, f"{done.args}: exit {done.returncode}, not {code}: {said}"
    for word in words:
        assert word in said, f"{done.args}: '{word}' is not in: {said}"
    return done.stdout


def check_exit_codes(place: Place):
    expect(0, run(place, "--help", data=False), "serve", "token", "verify")
    expect(2, run(place, data=False))
    expect(2, run(place, "no-such-command", data=False))
    expect(2, run(place, "token", "--role", "owner"))
    expect(2, run(place, "serve", "--no-such-option"))
    expect(3, run(place, "config", env={"DAYBOOK_THREADS": "many"}), "DAYBOOK_THREADS")
    expect(2, run(place, "serve", "--listen", "nowhere"), "127.0.0.1:8080")
    expect(3, run(place, "config", env={"DAYBOOK_LISTEN": "nowhere"}), "DAYBOOK_LISTEN")
    expect(1, run(place, "token", "--tenant", "no-such-shop", "--role", "owner"), "no-such-shop")
    expect(1, run(place, "tenant", "create", "Not A Slug"))
    business = place.business()
    expect(1, run(place, "tenant", "create", business.slug), "already")
    expect(1, run(place, "token", "--tenant", business.slug, "--role", "no-such-role"))
    expect(1, run(place, "serve", "--listen", "127.0.0.1:0"), str(place.server.process.pid))


def check_a_token_is_the_last_line(place: Place):
    business = place.business()
    said = expect(0, run(place, "token", "--tenant", business.slug, "--role", "staff", "--ttl", "1h", "--name", "till 1"))
    token = said.strip().splitlines()[-1]
    me = place.server.call("GET", "/me", token=token).json
    assert (me["role"], me["name"]) == ("staff", "till 1"), me
    expires = business.must("GET", "/tokens?role=staff")["data"][0]["expires_at"]
    assert expires, "a token with --ttl expires"


def check_flags_over_environment_over_file(place: Place):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "daybook.toml"
        file.write_text('drain_seconds = 3\nqueue = 100\nthreads = 1\n')
        said = expect(0, run(place, "config", "--config", str(file), "--threads", "2", data=False,
                             env={"DAYBOOK_QUEUE": "200", "DAYBOOK_THREADS": "7"}))
        for line in ("drain_seconds = 3", "queue = 200", "threads = 2"):
            assert line in said, said
        for origin in (str(file), "DAYBOOK_QUEUE", "--threads"):
            assert origin in said, f"where {origin} came from is not told: {said}"
        file.write_text("no_such_key = 1\n")
        expect(3, run(place, "config", "--config", str(file), data=False), "no_such_key")
        expect(3, run(place, "config", "--config", folder + "/nothing.toml", data=False))


def check_readers_and_tail(place: Place):
    business = place.business()
    item = business.must("POST", "/items", {"name": "Tea", "price": {"amount": 250, "currency": "EUR"}})["id"]
    order = business.must("POST", "/orders", {"id": new_id("ord"), "lines": [{"item": item}]})
    said = expect(0, run(place, "reader", "list", "--tenant", business.slug), "kitchen.all_day", "running")
    assert business.slug in said
    expect(0, run(place, "reader", "rebuild", "--tenant", business.slug, "kitchen.all_day"))
    expect(1, run(place, "reader", "retry", "--tenant", business.slug, "kitchen.all_day"))
    expect(1, run(place, "reader", "rebuild", "--tenant", business.slug, "no.such"))
    said = expect(0, run(place, "tail", "--tenant", business.slug, "--types", "order.*", "--after", "0", "--count", "1"))
    assert "order.opened" in said and order["id"] in said, said
    said = expect(0, run(place, "tail", "--tenant", business.slug, "--after", "0", "--count", "3", "--json"))
    entries = [json.loads(line) for line in said.strip().splitlines()]
    assert [e["seq"] for e in entries] == [1, 2, 3], said


def check_import(place: Place):
    """Columns by their usual names, errors with line numbers, all or nothing; the same file twice changes nothing."""
    business = place.business()
    business.news()
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "menu.csv"
        file.write_text("Product name,Unit price,SKU,Size,Category\n"
                        "Pizza,8.00,p,small,Food\nPizza,12.00,p,large,Food\nCola,3,c,,Drink\n")
        expect(0, run(place, "import", "catalog", str(file), "--tenant", business.slug))
        items = {i["name"]: i for i in business.must("GET", "/items")["data"]}
        assert [v["price"]["amount"] for v in items["Pizza"]["variants"]] == [800, 1200], items
        assert items["Cola"]["price"]["amount"] == 300 and items["Cola"]["category"], items
        made = len(business.news())
        assert made >= 4, made
        expect(0, run(place, "import", "catalog", str(file), "--tenant", business.slug))
        assert business.news() == [], "importing it again changed something"
        broken = pathlib.Path(folder) / "broken.csv"
        broken.write_text("name,price\nTea,2.50\nCake,dear\nPie,4\n,1\n")
        said = expect(1, run(place, "import", "catalog", str(broken), "--tenant", business.slug))
        done = run(place, "import", "catalog", str(broken), "--tenant", business.slug)
        for line in ("3", "5"):
            assert line in said + done.stderr, f"line {line} is not named: {said}{done.stderr}"
        assert business.news() == [], "something of a refused import is there"
        sales = pathlib.Path(folder) / "sales.csv"
        sales.write_text("order,name,variant,quantity\n1,Pizza,small,2\n1,Cola,,1\n2,Cola,,4\n")
        expect(0, run(place, "import", "orders", str(sales), "--tenant", business.slug))
        orders = business.must("GET", "/orders?fields=total,state,lines")["data"]
        assert sorted(o["total"]["amount"] for o in orders) == [1200, 1900] and {o["state"] for o in orders} == {"closed"}, orders


def check_replay(place: Place):
    """Recorded orders go through the public API, at any speed."""
    with place.another("--demo") as own:
        own.server.sign_in()
        expect(0, run(own, "replay", "--tenant", "kitchen", "--speed", "1000000", "--orders", "5"))
        placed = own.server.call("GET", "/daybook?types=order.opened").json["data"]
        assert len(placed) == 5, placed
        expect(0, run(own, "verify"), "all of it holds")


def check_ready_and_drained(place: Place):
    """/readyz after migrations and --demo; --demo on existing data does nothing; SIGTERM ends it within 10 s, with 0."""
    with place.another("--demo") as own:
        assert own.server.call("GET", "/readyz", token="").status == 200
        own.server.sign_in()
        position = own.server.call("GET", "/items?limit=1").headers["daybook-position"]
        assert own.server.stop() < 10 and own.server.process.returncode == 0
        own.server.start()
        again = own.server.call("GET", "/items?limit=1")
        assert again.status == 200, "a token made by the command line survives a restart"
        assert again.headers["daybook-position"] == position, "--demo on existing data wrote something"


def check_backup_and_restore(place: Place):
    """A file on SQLite; on PostgreSQL its own tools, and restore without a file begins a new epoch."""
    with place.another() as own, tempfile.TemporaryDirectory() as folder:
        business = own.business()
        item = business.must("POST", "/items", {"name": "Tea", "price": {"amount": 250, "currency": "EUR"}})["id"]
        old = business.call("GET", f"/items/{item}").headers["daybook-position"]
        copy = pathlib.Path(folder) / "copy.db"
        if isinstance(own.data, pathlib.Path):
            expect(0, run(own, "backup", str(copy)))
            expect(1, run(own, "backup", str(copy)))
            expect(1, run(own, "restore", str(copy), "--replace"))
            own.server.stop()
            expect(1, run(own, "restore", str(copy)))
            expect(0, run(own, "restore", str(copy), "--replace"))
        else:
            expect(1, run(own, "backup", str(copy)), "pg_dump")
            own.server.stop()
            expect(0, run(own, "restore"))
        own.server.start()
        business.connection = None
        answer = business.call("GET", f"/items/{item}")
        assert answer.json["name"] == "Tea" and answer.headers["daybook-position"].split(":")[0] != old.split(":")[0]
        assert business.call("GET", f"/daybook?after={old}").status == 200, "an older epoch's position simply goes on"
        far = old.split(":")[0] + ":999999"
        business.refuse(409, "position.foreign_epoch", "GET", f"/daybook?after={far}")
        business.refuse(409, "position.foreign_epoch", "GET", "/items", headers={"Daybook-After": far})
        expect(0, run(own, "verify"), "all of it holds")
