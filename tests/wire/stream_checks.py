"""The log as Server-Sent Events: what comes, from where, and in what form."""
import json
import socket

from tests.kit.server import new_id

from tests.kit.business import Business, Place


class Stream:
    """One open stream; `next()` gives (event, id, data), comments left out."""

    def __init__(self, business: Business, query="", role="owner", last_id=None):
        self.socket = socket.create_connection(("127.0.0.1", business.server.port), timeout=30)
        lines = [f"GET /api/v1/daybook/stream{query} HTTP/1.1", "Host: localhost", "Accept: text/event-stream",
                 f"Authorization: Bearer {business.token(role)}"]
        if last_id:
            lines.append(f"Last-Event-ID: {last_id}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while (line := self.file.readline().decode().strip()):
            name, _, value = line.partition(": ")
            self.headers[name.lower()] = value
        self.chunked = self.headers.get("transfer-encoding") == "chunked"
        self.text = b""

    def line(self) -> str:
        while b"\n" not in self.text:
            if self.chunked:
                size = int(self.file.readline(), 16)
                assert size, "the stream ended"
                self.text += self.file.read(size)
                self.file.readline()
            else:
                more = self.file.readline()
                assert more, "the stream ended"
                self.text += more
        line, _, self.text = self.text.partition(b"\n")
        return line.decode().rstrip("\r")

    def next(self):
        message = {}
        while True:
            line = self.line()
            if not line and message:
                return message.get("event"), message.get("id"), json.loads(message["data"])
            name, _, value = line.partition(":")
            if name:
                message[name] = value.lstrip(" ")

    def entries(self, count: int) -> list:
        found = []
        while len(found) < count:
            event, event_id, data = self.next()
            if event != "mark":
                assert event == data["type"] and event_id == f"{data['epoch']}:{data['seq']}", (event, event_id, data)
                found.append(data)
        return found

    def close(self):
        self.file.close()
        self.socket.close()


def orders(business: Business, count: int) -> list:
    item = business.must("POST", "/items", {"name": "Tea", "price": {"amount": 250, "currency": "EUR"}})["id"]
    return [business.must("POST", "/orders", {"id": new_id("ord"), "lines": [{"item": item}]})["id"] for _ in range(count)]


def check_a_stream_gives_what_the_poll_gives(place: Place):
    business = place.business()
    orders(business, 5)
    polled = business.must("GET", "/daybook?limit=1000")["data"]
    stream = Stream(business, "?after=0")
    assert stream.status == 200 and stream.headers["content-type"].startswith("text/event-stream"), stream.headers
    assert stream.headers.get("cache-control") == "no-store", stream.headers
    assert stream.entries(len(polled)) == polled
    event, event_id, mark = stream.next()
    assert event == "mark" and mark == {"seq": polled[-1]["seq"], "live": True}, (event, mark)
    assert event_id == f"{polled[-1]['epoch']}:{polled[-1]['seq']}"
    stream.close()


def check_it_goes_on_where_it_stopped(place: Place):
    """Nothing is missed and nothing comes twice, by Last-Event-ID or `after`, whatever happened in between."""
    business = place.business()
    stream = Stream(business, "?types=order.*&after=0")
    placed = orders(business, 3)
    seen = stream.entries(3)
    stream.close()
    last = seen[-1]
    for query, last_id in (("", f"{last['epoch']}:{last['seq']}"), (f"&after={last['epoch']}:{last['seq']}", None),
                           (f"&after={last['seq']}", None), ("&after=0", f"{last['epoch']}:{last['seq']}")):
        placed += orders(business, 2)
        stream = Stream(business, "?types=order.*" + query, last_id=last_id)
        behind = stream.entries(len(placed) - 3)
        placed += orders(business, 1)
        live = stream.entries(1)
        stream.close()
        assert [e["data"]["id"] for e in seen + behind + live] == placed


def check_without_a_position_it_starts_at_the_head(place: Place):
    business = place.business()
    orders(business, 2)
    stream = Stream(business, "?types=order.opened")
    event, _, mark = stream.next()
    assert event == "mark" and mark["live"], mark
    late = orders(business, 1)
    assert [e["data"]["id"] for e in stream.entries(1)] == late
    stream.close()


def check_refusals(place: Place):
    business = place.business()
    path = "/daybook/stream"
    business.refuse(401, "auth.missing", "GET", path, role="anonymous")
    business.refuse(403, "auth.forbidden", "GET", path, role="nobody")
    business.refuse(422, "position.malformed", "GET", path + "?after=x")
    business.refuse(422, "input.invalid", "GET", path + "?no_such=1")
    foreign = Stream(business, "?after=01jx00000000000000000000zz:1")
    if foreign.status == 200:  # the stream says it in its own words, and ends
        event, _, data = foreign.next()
        assert event == "sync_required" and data["reason"] == "epoch", (event, data)
    else:
        assert foreign.status == 409, foreign.status
    foreign.close()
    assert business.call("POST", path).status == 405


def check_it_ends_with_its_token(place: Place):
    """A revoked token's stream ends with the commit that revokes it."""
    business = place.business()
    stream = Stream(business, role="staff")
    stream.next()
    token = business.must("GET", "/tokens?role=staff")["data"][0]
    business.must("DELETE", f"/tokens/{token['id']}", headers={"If-Match": str(token["version"])})
    try:
        while True:
            stream.next()
    except AssertionError as ended:
        assert "ended" in str(ended)
    stream.close()


def check_what_is_erased_is_not_streamed(place: Place):
    business = place.business()
    item = business.must("POST", "/items", {"name": "Tea", "price": {"amount": 250, "currency": "EUR"}})["id"]
    business.must("POST", "/orders", {"id": new_id("ord"), "lines": [{"item": item}], "customer": {"name": "Ann", "phone": "77"}})
    business.must("POST", "/privacy/erase", {"phone": "77", "reason": "asked"})
    stream = Stream(business, "?after=0&types=order.*")
    opened, erased = stream.entries(2)
    assert opened["data"]["customer"] is None and erased["type"] == "order.erased", (opened, erased)
    stream.close()
