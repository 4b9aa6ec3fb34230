"""Clients that do what a shop does, all at once and in each other's way: place, change, cook, complete, void, run out."""
import collections
import random
import threading
import time

from tests.kit.server import Server
from tests.world.load import order_body

REFUSALS = {404, 409, 412, 503}  # two at once, a wrong move, something sold out; 503 while the world is broken


class Business:
    def __init__(self, server: Server, items, clients):
        self.server, self.items = server, items
        self.orders = collections.deque(maxlen=100)  # what the clients know of and change
        self.done, self.refused, self.wrong = collections.Counter(), collections.Counter(), []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._client, daemon=True) for _ in range(clients)]
        for t in self.threads:
            t.start()

    def _client(self):
        connection = self.server.connection(timeout=30)
        while not self.stopping.is_set():
            action, weight = random.choice(WEIGHED)
            if not self.orders:
                action = place
            try:
                action(self, Caller(self, connection))
            except OSError:  # killed, or cut: nobody here needs to know what became of it
                connection.close()
                time.sleep(0.05)
        connection.close()

    def wait_for(self, actions: int, seconds: float):
        enough, deadline = self.done.total() + actions, time.time() + seconds
        while self.done.total() < enough:
            assert time.time() < deadline, f"too little was done: {self.done}, refused: {self.refused}"
            time.sleep(0.05)

    def stop(self):
        self.stopping.set()
        for t in self.threads:
            t.join(60)
            assert not t.is_alive(), "a client hangs"
        assert not self.wrong, self.wrong[0]


class Caller:
    def __init__(self, business: Business, connection):
        self.business, self.connection = business, connection

    def __call__(self, method, path, body=None, version=None):
        headers = {"If-Match": f'"{version}"'} if version else {}
        answer = self.business.server.call(method, path, body, headers=headers, connection=self.connection)
        name = f"{method} /{path.split('?')[0].split('/')[1]}"
        if answer.status in (200, 201):
            self.business.done[name] += method != "GET"
            return answer.json
        self.business.refused[answer.json["code"]] += 1
        if answer.status not in REFUSALS:
            self.business.wrong.append(f"{method} {path}: {answer.text}")
        return None


def place(business, call):
    order = call("POST", "/orders", order_body(business.items))
    if order:
        business.orders.append(order["id"])


def change(business, call):
    order = call("GET", f"/orders/{random.choice(business.orders)}")
    if order:
        call("PATCH", f"/orders/{order['id']}", {"note": random.choice(["no onions", "hurry", None])}, order["version"])


def add_line(business, call):
    line = {"item": random.choice(business.items), "quantity": 2, "hold": random.random() < 0.3}
    call("POST", f"/orders/{random.choice(business.orders)}/lines", line)


def change_line(business, call):
    order = call("GET", f"/orders/{random.choice(business.orders)}")
    if not order:
        return
    line = f"/orders/{order['id']}/lines/{random.choice(order['lines'])['id']}"
    if random.random() < 0.5:
        call("PATCH", line, {"quantity": random.randint(1, 9)}, order["version"])
    else:
        call("DELETE", line + "?reason=changed+their+minds", version=order["version"])


def move(business, call):
    way = random.choice(["start", "ready", "complete", "fire", "void"])
    call("POST", f"/orders/{random.choice(business.orders)}/{way}", {"reason": "left"} if way == "void" else {})


def cook(business, call):
    tickets = call("GET", f"/kitchen/tickets?order={random.choice(business.orders)}&state=queued,started,bumped,recalled")
    if tickets and tickets["data"]:
        ticket = random.choice(tickets["data"])
        call("POST", f"/kitchen/tickets/{ticket['id']}/{random.choice(['start', 'bump', 'bump', 'recall'])}", {})


def run_out(business, call):
    item = random.choice(business.items)
    if call("POST", f"/items/{item}/sold-out", {}):
        call("POST", f"/items/{item}/available", {})


WEIGHED = [pair for pair in [(place, 6), (change, 3), (add_line, 2), (change_line, 3), (move, 4), (cook, 6), (run_out, 1)]
           for _ in range(pair[1])]
