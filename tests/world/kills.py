"""Power cuts: an acknowledged order is there, an unacknowledged one is there whole or not at all, and its retry gets it."""
import pathlib
import random
import threading
import time

from tests.kit.server import Server, new_id

CLIENTS = 8


def menu(server: Server):
    """Ids of items that need no choice: no variants, no required modifiers."""
    items = server.call("GET", "/items?limit=200").json["data"]
    plain = [i["id"] for i in items
             if not i["variants"] and not i["sold_out"] and all(g["min"] == 0 for g in i["modifier_groups"])]
    assert plain, "the sample menu has no plain item"
    return plain


def order_body(items):
    lines = [{"item": random.choice(items), "quantity": random.randint(1, 3)} for _ in range(3)]
    return {"id": new_id("ord"), "type": "pickup", "source": "pos", "lines": lines}


class Load:
    """Clients that place orders without pause, and remember what was acknowledged and what was not."""

    def __init__(self, server: Server, items):
        self.server, self.items = server, items
        self.acknowledged, self.unanswered, self.refused = {}, [], []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._client, daemon=True) for _ in range(CLIENTS)]
        for t in self.threads:
            t.start()

    def _client(self):
        connection = self.server.connection(timeout=10)
        while not self.stopping.is_set():
            body = order_body(self.items)
            try:
                answer = self.server.call("POST", "/orders", body, connection=connection)
            except OSError:
                self.unanswered.append(body)
                connection.close()
                time.sleep(0.02)
                continue
            if answer.status in (200, 201):
                self.acknowledged[body["id"]] = (body, answer.json)
            else:
                self.refused.append((body, answer))
                time.sleep(0.2)
        connection.close()

    def stop(self):
        self.stopping.set()
        for t in self.threads:
            t.join(20)


def check(server: Server, load: Load):
    """After the restart: everything acknowledged is whole; everything else is whole or absent, and its retry gets it."""
    for order_id, (body, answer) in load.acknowledged.items():
        now = server.call("GET", f"/orders/{order_id}")
        assert now.status == 200, f"an acknowledged order is gone: {order_id}"
        assert now.json["number"] == answer["number"] and now.json["total"] == answer["total"], now.text
        whole(server, now.json)
    for body in load.unanswered + [b for b, _ in load.refused]:
        there = server.call("GET", f"/orders/{body['id']}")
        assert there.status in (200, 404), there.text
        if there.status == 200:
            whole(server, there.json)
        again = server.call("POST", "/orders", body)
        assert again.status == (200 if there.status == 200 else 201), (there.status, again.status, again.text)
        if there.status == 200:
            assert again.headers.get("idempotency-replayed") == "true"
            assert again.json["number"] == there.json["number"]
    return len(load.acknowledged), len(load.unanswered)


def whole(server: Server, order):
    tickets = server.call("GET", f"/kitchen/tickets?order={order['id']}&state=queued,started,bumped,recalled").json["data"]
    on_tickets = sorted(line["line"] for t in tickets for line in t["lines"])
    assert on_tickets == sorted(line["id"] for line in order["lines"]), f"order {order['id']} is not whole"


def events_once(server: Server, orders):
    """Each of these orders was opened by exactly one event, and the log has no gap."""
    opened, after, expected = {}, 0, 1
    while True:
        page = server.call("GET", f"/daybook?after={after}&limit=1000").json["data"]
        if not page:
            break
        for e in page:
            assert e["seq"] == expected, f"gap before {e['seq']}"
            expected += 1
            if e["type"] == "order.opened":
                opened[e["subject"]] = opened.get(e["subject"], 0) + 1
        after = page[-1]["seq"]
    for order_id in orders:
        assert opened.get("order/" + order_id) == 1, f"{order_id} was opened {opened.get('order/' + order_id, 0)} times"


def killed_under_load(program, data, rounds):
    if isinstance(data, pathlib.Path):
        data.mkdir(parents=True, exist_ok=True)
    server = Server(program, data, "--demo", "--log-level", "off")
    server.sign_in()
    items = menu(server)
    known, acknowledged, unanswered = [], 0, 0
    try:
        for _ in range(rounds):
            load = Load(server, items)
            time.sleep(random.uniform(0.15, 0.8))
            server.kill()
            load.stop()
            server.start()
            a, u = check(server, load)
            known += load.acknowledged.keys()
            acknowledged += a
            unanswered += u
        events_once(server, known)
        server.run("verify")
    finally:
        server.close()
    return f"{rounds} kills, {acknowledged} acknowledged orders, {unanswered} unanswered"


def database_restarted(program, postgres):
    server = Server(program, postgres.database("restarted"), "--demo", "--log-level", "off")
    server.sign_in()
    items = menu(server)
    try:
        load = Load(server, items)
        for _ in range(3):
            time.sleep(0.7)
            postgres.crash()
            postgres.start()
        deadline = time.time() + 20   # recovery without a restart of Daybook
        seen = len(load.acknowledged)
        while len(load.acknowledged) < seen + 20 and time.time() < deadline:
            time.sleep(0.1)
        assert len(load.acknowledged) >= seen + 20, "no order went through after the database came back"
        load.stop()
        for _, answer in load.refused:
            assert answer.status == 503, answer.text
        a, u = check(server, load)
        events_once(server, load.acknowledged.keys())
        server.run("verify")
    finally:
        server.close()
    return f"{a} acknowledged, {u} unanswered, {len(load.refused)} refused with 503"


def drained(program, data):
    data.mkdir(parents=True, exist_ok=True)
    server = Server(program, data, "--demo", "--log-level", "off")
    server.sign_in()
    load = Load(server, menu(server))
    try:
        time.sleep(0.7)
        took = server.stop()
        assert took < 10, f"the drain took {took:.1f} s"
        assert server.process.returncode == 0, server.process.returncode
        load.stop()
        server.start()
        a, _ = check(server, load)
        server.run("verify")
    finally:
        server.close()
    return f"{took:.2f} s, {a} acknowledged"
