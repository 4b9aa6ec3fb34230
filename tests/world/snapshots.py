"""A list, and the log from its position on: what a screen keeps in memory is what the shop's lists say."""
import pathlib
import threading
import time

from tests.kit.server import Server
from tests.kit.streams import Stream
from tests.world.business import Business
from tests.world.load import menu, order_body

LISTS = {
    "order": "/orders?",
    "ticket": "/kitchen/tickets?state=queued,started,bumped,recalled,cancelled&",
    "item": "/items?",
}
CLIENTS = 64


def read_list(server: Server, path: str, limit: int):
    """All pages: the elements by id, and the position, which is the first page's on all of them."""
    elements, position, after = {}, None, ""
    connection = server.connection()
    while after is not None:
        answer = server.call("GET", f"{path}limit={limit}{after}", connection=connection)
        assert answer.status == 200, answer.text
        position = position or answer.headers["daybook-position"]
        assert answer.headers["daybook-position"] == position, "a page has a position of its own"
        elements |= {e["id"]: e for e in answer.json["data"]}
        after = answer.json["next_cursor"] and "&after=" + answer.json["next_cursor"]
    connection.close()
    return elements, position


class Screen:
    """Reads a list and follows the log from there; the newer version replaces."""

    def __init__(self, server: Server, kind: str):
        self.server, self.kind = server, kind
        self.elements, self.position = read_list(server, LISTS[kind], limit=20)
        self.seq = int(self.position.split(":")[1])
        self.applied = 0

    def apply(self, event):
        assert event["seq"] == self.seq + 1, f"{event['seq']} came behind {self.seq}"
        self.seq = event["seq"]
        subject, _, key = event["subject"].partition("/")
        if subject != self.kind:
            return
        known, data = self.elements.get(key), event["data"]
        if known and known["version"] >= event["subject_version"]:
            same = known["version"] > event["subject_version"] or known == data
            assert same, f"the list and the log tell version {known['version']} differently:\n{known}\n{data}"
            return
        self.applied += 1
        if data.get("deleted"):
            self.elements.pop(key, None)
        else:
            self.elements[key] = data


class Streaming(Screen):
    def follow(self, until):
        stream = Stream(self.server, self.position, timeout=60)
        while self.seq < until():  # asked after each event; so one more wakes who waits at the end
            _, kind, event = stream.hear()
            if kind != "mark" and event["seq"] <= until():
                self.apply(event)
        stream.cut()


class Polling(Screen):
    def follow(self, until):
        connection = self.server.connection(timeout=60)
        while self.seq < until():
            path = f"/daybook?after={self.position.split(':')[0]}:{self.seq}&limit=200&wait=1"
            answer = self.server.call("GET", path, connection=connection)
            assert answer.status == 200, answer.text
            for event in answer.json["data"]:
                if event["seq"] <= until():
                    self.apply(event)
        connection.close()


class Watch:
    """A screen on a thread of its own."""

    def __init__(self, screen: Screen, until):
        self.screen, self.failure = screen, None
        self.thread = threading.Thread(target=self._run, args=(until,), daemon=True)
        self.thread.start()

    def _run(self, until):
        try:
            self.screen.follow(until)
        except BaseException as failure:
            self.failure = failure

    def end(self):
        self.thread.join(90)
        if self.failure:
            raise self.failure
        assert not self.thread.is_alive(), "the screen does not get to the end of the log"


def joined(program, data):
    if isinstance(data, pathlib.Path):
        data.mkdir(parents=True, exist_ok=True)
    server = Server(program, data, "--demo", "--log-level", "off")
    try:
        server.sign_in()
        business = Business(server, menu(server), CLIENTS)
        business.wait_for(100, 60)
        end = [float("inf")]
        watches = [Watch(sort(server, kind), lambda: end[0]) for sort in (Streaming, Polling) for kind in LISTS]
        business.wait_for(400, 120)
        business.stop()
        last = {kind: read_list(server, path, limit=200) for kind, path in LISTS.items()}
        end[0] = max(int(position.split(":")[1]) for _, position in last.values())
        assert server.call("POST", "/orders", order_body(menu(server))).status == 201
        for watch in watches:
            watch.end()
            compare(watch.screen, last[watch.screen.kind][0])
        server.run("verify")
    finally:
        server.close()
    applied = ", ".join(f"{w.screen.applied} {w.screen.kind}s" for w in watches[:3])
    return f"{business.done.total()} changes, {business.refused.total()} refused; applied {applied}"


def compare(screen: Screen, wanted):
    assert screen.applied > 0, f"no {screen.kind} has changed"
    assert screen.elements.keys() == wanted.keys(), f"{screen.kind}: {screen.elements.keys() ^ wanted.keys()}"
    for key, element in wanted.items():
        assert screen.elements[key] == element, f"{screen.kind} {key}:\n{screen.elements[key]}\n{element}"
