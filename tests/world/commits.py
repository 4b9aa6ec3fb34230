"""Groups that end otherwise than a commit: PostgreSQL whose answer to COMMIT never comes, and statements that fail."""
import pathlib
import random
import sqlite3
import time

from tests.kit import proxy
from tests.kit.proxy import Proxy
from tests.kit.server import Server, new_id
from tests.world.load import Load, check, events_once, menu, order_body

UNKNOWN, UNAVAILABLE = "storage.commit_unknown", "storage.unavailable"


class Behind:
    """A server that reaches its database through a proxy, under load."""

    def __init__(self, program, postgres, name):
        postgres.database(name)
        self.proxy = Proxy(postgres.port)
        self.server = Server(program, self.proxy.url(name), "--demo", "--log-level", "off")
        try:
            self.server.sign_in()
            self.load = Load(self.server, menu(self.server), timeout=60)
        except BaseException:
            self.close()
            raise

    def close(self):
        self.server.close()
        self.proxy.close()

    def goes_on(self, what: str):
        self.load.wait_for(20, 60, f"no order went through after {what}")

    def end(self) -> str:
        """Ends the load and asks what must always hold; every refusal was one that says to come again."""
        self.load.stop()
        for _, answer in self.load.refused:
            assert answer.status == 503 and answer.json["code"] in (UNKNOWN, UNAVAILABLE), answer.text
        assert not self.load.unanswered, f"{len(self.load.unanswered)} clients got no answer"
        events_once(self.server, check(self.server, self.load))
        self.server.run("verify")
        counts = ", ".join(f"{n} {fault}" for fault, n in sorted(self.proxy.counts.items()))
        return f"{counts}; {len(self.load.acknowledged)} acknowledged, {len(self.load.refused)} refused"


def cut_at_random(program, postgres):
    """Every third COMMIT or so loses its connection, before it arrives or before its answer does."""
    shop = Behind(program, postgres, "cuts")
    try:
        shop.proxy.fault = lambda: random.choice([proxy.CUT_BEFORE, proxy.CUT_AFTER, *[proxy.PASS] * 4])
        time.sleep(4)
        shop.proxy.fault = lambda: proxy.PASS
        shop.goes_on("cuts at random")
        for fault in (proxy.CUT_BEFORE, proxy.CUT_AFTER):
            assert shop.proxy.counts[fault] >= 3, shop.proxy.counts
        return shop.end()
    finally:
        shop.close()


def nobody_can_say(program, postgres):
    """The COMMIT loses its connection and no other one is to be had: the clients hear that nobody knows."""
    shop = Behind(program, postgres, "unknown")
    try:
        for fault in (proxy.CUT_AFTER, proxy.CUT_BEFORE):
            once(shop, fault, refuse=True)
            before = len(shop.load.refused)
            deadline = time.time() + 30
            while UNKNOWN not in {a.json["code"] for _, a in shop.load.refused[before:]}:
                assert time.time() < deadline, f"nobody was told: {shop.load.codes()}"
                time.sleep(0.05)
            shop.proxy.refusing = False
            shop.goes_on(f"a connection {fault} the commit")
        return shop.end()
    finally:
        shop.close()


def once(shop: Behind, fault, refuse=False):
    """Lets it happen at the next COMMIT, and waits until it has."""
    before = shop.proxy.counts[fault]

    def chosen():
        shop.proxy.fault = lambda: proxy.PASS
        shop.proxy.refusing = refuse
        return fault
    shop.proxy.fault = chosen
    deadline = time.time() + 30
    while shop.proxy.counts[fault] == before:
        assert time.time() < deadline, "nothing was committed"
        time.sleep(0.01)


def swallowed(program, postgres):
    """A line that is open and mute: no answer, no end. The one thing that helps is to stop waiting."""
    shop = Behind(program, postgres, "holes")
    try:
        shop.proxy.moving.clear()  # shorter than anybody's patience: nothing is to be seen of it but a pause
        time.sleep(2)
        shop.proxy.moving.set()
        shop.goes_on("a pause")
        assert not shop.load.refused, shop.load.codes()
        once(shop, proxy.HOLE_AFTER)
        shop.goes_on("a line that swallows the answer")
        return shop.end()
    finally:
        shop.close()


# ---- a statement that fails in the middle of a group ----------------------------------------------------------------

POISON = "the database will not have this"


def poisoned(items):
    body = order_body(items)
    return {**body, "note": POISON} if random.random() < 0.1 else body


def poison_sqlite(data: pathlib.Path):
    """RAISE(ROLLBACK) takes the whole transaction away, as a full disk does: what goes on as if it were there forks the log."""
    with sqlite3.connect(data / "daybook.db") as db:
        db.execute("CREATE TRIGGER poison BEFORE INSERT ON orders_order WHEN NEW.note = "
                   f"'{POISON}' BEGIN SELECT RAISE(ROLLBACK, 'poison'); END")
    db.close()


def poison_postgres(postgres, database):
    postgres.sql(database, "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'poison'; END $$")
    postgres.sql(database, f"CREATE TRIGGER poison BEFORE INSERT ON orders_order FOR EACH ROW WHEN (NEW.note = '{POISON}') "
                           "EXECUTE FUNCTION poison()")


def statement_fails(program, data, poison):
    """One order in ten makes a statement fail, many to a group: it fails alone, and nobody else hears of it."""
    server = Server(program, data, "--demo", "--log-level", "off")
    try:
        server.sign_in()
        items = menu(server)
        poison()
        load = Load(server, items, clients=24, body=poisoned)
        load.wait_for(150, 60, "no order went through beside those that fail")
        load.stop()
        bad = [(body, answer) for body, answer in load.refused if body.get("note") == POISON]
        assert len(bad) >= 5 and len(bad) == len(load.refused), load.codes()
        for body, answer in bad:
            assert answer.status == 500 and answer.json["code"] == "internal" and POISON not in answer.text, answer.text
            assert server.call("GET", f"/orders/{body['id']}").status == 404, "a refused order is there"
        assert all(body.get("note") != POISON for body, _ in load.acknowledged.values())
        load.refused.clear()
        events_once(server, check(server, load))
        server.run("verify")
        return f"{len(load.acknowledged)} acknowledged, {len(bad)} failed"
    finally:
        server.close()
