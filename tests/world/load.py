"""Clients that place orders without pause, and what must hold of their orders whatever happened meanwhile."""
import datetime
import random
import threading
import time

from tests.kit.server import Server, new_id

CLIENTS = 8
UNCANCELLED = "queued,started,bumped,recalled"


def pages(server: Server, path: str):
    """Every element of a list, page by page."""
    after, connection = "", server.connection()
    mark = "&" if "?" in path else "?"
    while True:
        answer = server.call("GET", f"{path}{mark}limit=200{after}", connection=connection)
        assert answer.status == 200, answer.text
        yield from answer.json["data"]
        if answer.json["next_cursor"] is None:
            connection.close()
            return
        after = "&after=" + answer.json["next_cursor"]


def menu(server: Server):
    """Ids of items that need no choice: no variants, no required modifiers."""
    plain = [i["id"] for i in pages(server, "/items")
             if not i["variants"] and not i["sold_out"] and all(g["min"] == 0 for g in i["modifier_groups"])]
    assert plain, "the sample menu has no plain item"
    return plain


def order_body(items):
    lines = [{"item": random.choice(items), "quantity": random.randint(1, 3)} for _ in range(3)]
    return {"id": new_id("ord"), "type": "pickup", "source": "pos", "lines": lines}


class Load:
    """Clients that place orders, and remember what was acknowledged and what was not."""

    def __init__(self, server: Server, items, clients=CLIENTS, timeout=10, body=order_body):
        self.server, self.items, self.timeout, self.body = server, items, timeout, body
        self.acknowledged, self.unanswered, self.refused = {}, [], []
        self.began = time.time()
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._client, daemon=True) for _ in range(clients)]
        for t in self.threads:
            t.start()

    def _client(self):
        connection = self.server.connection(timeout=self.timeout)
        while not self.stopping.is_set():
            body = self.body(self.items)
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
                time.sleep(0.05)
        connection.close()

    def codes(self):
        return {answer.json["code"] for _, answer in self.refused}

    def wait_for(self, more: int, seconds: float, why: str):
        """Until so many more orders have been acknowledged."""
        enough, deadline = len(self.acknowledged) + more, time.time() + seconds
        while len(self.acknowledged) < enough:
            assert time.time() < deadline, why
            time.sleep(0.05)

    def stop(self):
        self.stopping.set()
        for t in self.threads:
            t.join(self.timeout + 20)
            assert not t.is_alive(), "a client hangs"


def check(server: Server, load: Load):
    """What was acknowledged is there, whole. Everything else is there whole or not at all, and its retry gets it.

    Gives the ids of all orders: from here on each of them is there.
    """
    since = datetime.datetime.fromtimestamp(load.began - 1, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    orders = {o["id"]: o for o in pages(server, f"/orders?updated_after={since}")}
    tickets = {}
    for ticket in pages(server, f"/kitchen/tickets?updated_after={since}&state={UNCANCELLED}"):
        tickets.setdefault(ticket["order"], []).append(ticket)
    for order_id, (_, answer) in load.acknowledged.items():
        assert order_id in orders, f"an acknowledged order is gone: {order_id}"
        now = orders[order_id]
        assert now["number"] == answer["number"] and now["total"] == answer["total"], (now, answer)
        whole(now, tickets)
    connection = server.connection()
    others = load.unanswered + [body for body, _ in load.refused]
    for body in others:
        there = orders.get(body["id"])
        if there:
            whole(there, tickets)
        again = server.call("POST", "/orders", body, connection=connection)
        assert again.status == (200 if there else 201), (bool(there), again.status, again.text)
        if there:
            assert again.headers.get("idempotency-replayed") == "true"
            assert again.json["number"] == there["number"]
    connection.close()
    return [*load.acknowledged, *(body["id"] for body in others)]


def whole(order, tickets):
    on_tickets = sorted(line["line"] for t in tickets.get(order["id"], []) for line in t["lines"])
    assert on_tickets == sorted(line["id"] for line in order["lines"]), f"order {order['id']} is not whole"


def log_of(server: Server, after=0, types=""):
    """The entries behind `after` (a seq, or epoch:seq), page by page; without `types` their numbers have no gap."""
    connection = server.connection()
    chosen = f"&types={types}" if types else ""
    last = int(str(after).split(":")[-1])
    while after is not None:
        answer = server.call("GET", f"/daybook?after={after}&limit=1000{chosen}", connection=connection)
        assert answer.status == 200, answer.text
        for e in answer.json["data"]:
            assert types or e["seq"] == last + 1, f"gap between {last} and {e['seq']}"
            last = e["seq"]
            yield e
        after = answer.json["next_cursor"]
    connection.close()


def events_once(server: Server, orders):
    """Each of these orders was opened by exactly one event, and the log has no gap."""
    opened = {}
    for e in log_of(server):
        if e["type"] == "order.opened":
            opened[e["subject"]] = opened.get(e["subject"], 0) + 1
    for order_id in orders:
        times = opened.get("order/" + order_id, 0)
        assert times == 1, f"{order_id} was opened {times} times"
