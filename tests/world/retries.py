"""The same order sent by many at once while the server is killed: one order, and the same answer for all of them."""
import pathlib
import random
import threading
import time

from tests.kit.server import Server, new_id
from tests.world.load import events_once, log_of, menu, order_body

CALLERS = 64


class Crowd:
    """Callers who send one and the same request at the same moment, again and again until it is answered."""

    def __init__(self, server: Server, body, key=None):
        self.server, self.body = server, body
        self.headers = {"Idempotency-Key": key} if key else {}
        self.answers, self.errors = [], []
        self.first = threading.Event()
        self.start = threading.Barrier(CALLERS + 1)
        self.threads = [threading.Thread(target=self._call, daemon=True) for _ in range(CALLERS)]
        for t in self.threads:
            t.start()

    def _call(self):
        connection = self.server.connection(timeout=20)
        connection.connect()
        self.start.wait()
        deadline = time.time() + 60
        while time.time() < deadline:
            try:
                answer = self.server.call("POST", "/orders", self.body, headers=self.headers, connection=connection)
            except OSError:
                connection.close()
                time.sleep(0.02)
                continue
            if answer.status < 500:
                self.answers.append(answer)
                self.first.set()
                break
            if answer.status != 503:
                self.errors.append(answer)
                break
            time.sleep(0.05)
        connection.close()

    def end(self):
        for t in self.threads:
            t.join(90)
        assert not self.errors, self.errors[0].text
        assert len(self.answers) == CALLERS, f"{len(self.answers)} of {CALLERS} got an answer"
        fresh = [a for a in self.answers if a.headers.get("idempotency-replayed") != "true"]
        assert len(fresh) <= 1, f"{len(fresh)} answers say that they made the order"
        return fresh

    def once_by_id(self):
        """One makes it, the others find it; who made it may have died with the answer."""
        fresh = self.end()
        assert {a.status for a in fresh} <= {201}
        assert all(a.status == 200 for a in self.answers if a not in fresh), {a.status for a in self.answers}
        same(a.text for a in self.answers)

    def once_by_key(self):
        """Under a key everybody gets what the first one got: the status, too."""
        self.end()
        assert {a.status for a in self.answers} == {201}
        assert len({a.headers["location"] for a in self.answers}) == 1
        same(a.text for a in self.answers)

    def other_content_is_refused(self):
        other = {**self.body, "note": "something else"}
        answer = self.server.call("POST", "/orders", other, headers=self.headers)
        assert answer.status == 422 and answer.json["code"] == "idempotency.reused", answer.text


def same(texts):
    different = set(texts)
    assert len(different) == 1, "\n".join(different)


def same_at_once(program, data, rounds):
    if isinstance(data, pathlib.Path):
        data.mkdir(parents=True, exist_ok=True)
    server = Server(program, data, "--demo", "--log-level", "off")
    server.sign_in()
    items = menu(server)
    orders, before_answer = [], 0
    try:
        for i in range(rounds):
            with_id, without = order_body(items), order_body(items)
            del without["id"]
            by_id, by_key = Crowd(server, with_id), Crowd(server, without, key=new_id("key"))
            crowds = [by_id, by_key]
            random.shuffle(crowds)
            for crowd in crowds:
                crowd.start.wait()
            if i % 3:  # while they are on their way, or as soon as the first has its answer, or some more have
                random.choice(crowds).first.wait(30)
            time.sleep(random.uniform(0, 0.01) if i % 3 < 2 else random.uniform(0, 0.2))
            before_answer += not (by_id.answers or by_key.answers)
            server.kill()
            server.start()
            by_id.once_by_id()
            by_key.once_by_key()
            by_id.other_content_is_refused()
            by_key.other_content_is_refused()
            orders += [with_id["id"], by_key.answers[0].json["id"]]
        events_once(server, orders)
        opened = [e for e in log_of(server, types="order.opened")]
        assert len(opened) == len(orders), f"{len(opened)} orders were opened, not {len(orders)}"
        server.run("verify")
    finally:
        server.close()
    return f"{rounds} kills, {before_answer} of them before any answer, {CALLERS} callers by id and {CALLERS} by key each"
