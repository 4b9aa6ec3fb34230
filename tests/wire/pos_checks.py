"""What point-of-sale terminals hear on /ws/pos/{tenant}: every order once, every change, nothing twice and nothing lost."""
import base64
import json
import os
import socket
import struct

from tests.kit.server import new_id

from tests.kit.business import Business, Place


class Closed(Exception):
    pass


class Terminal:
    """A WebSocket (RFC 6455): masked text frames out, JSON in; pings are answered."""

    def __init__(self, business: Business, role="staff", query="", slug=None):
        self.socket = socket.create_connection(("127.0.0.1", business.server.port), timeout=20)
        lines = [f"GET /ws/pos/{slug or business.slug}{query} HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode()]
        if role:
            lines.append(f"Authorization: Bearer {business.token(role)}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass

    def send(self, raw, opcode=1):
        data = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
        size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0xFE]) + struct.pack(">H", len(data))
        mask = os.urandom(4)
        self.socket.sendall(bytes([0x80 | opcode]) + size + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def next(self) -> dict:
        while True:
            first, size = self.file.read(2) or (0x88, 0)
            size &= 0x7F
            if size == 126:
                size, = struct.unpack(">H", self.file.read(2))
            data = self.file.read(size)
            if first & 0xF == 8:
                raise Closed(struct.unpack(">H", data[:2])[0] if data else None)
            if first & 0xF == 9:
                self.send(data, opcode=10)
            else:
                return json.loads(data)

    def expect(self, kind: str) -> dict:
        message = self.next()
        assert message["type"] == kind, f"{message}, not {kind}"
        return message

    def orders(self, count: int) -> list:
        """The next messages about orders; marks must follow each other all the same."""
        found = []
        while len(found) < count:
            message = self.next()
            if message["type"] != "mark":
                found.append(message)
        return found

    def close_code(self):
        try:
            while True:
                self.next()
        except Closed as closed:
            return closed.args[0]
        finally:
            self.socket.close()


def tea(business: Business) -> str:
    return business.must("POST", "/items", {"name": "Tea", "price": {"amount": 2499, "currency": "EUR"}})["id"]


def order(business: Business, item: str, **more) -> dict:
    return business.must("POST", "/orders", {"id": new_id("ord"), "lines": [{"item": item, "note": "hot"}], **more})


def check_the_life_of_an_order(place: Place):
    business = place.business()
    item = tea(business)
    terminal = Terminal(business)
    ready = terminal.expect("ready")
    assert ready["tenant"] == business.slug and ready["epoch"] and ready["seq"] > 0, ready
    made = order(business, item, type="pickup", note="ring", customer={"name": "Ann"})
    new, = terminal.orders(1)
    assert new["type"] == "new_order" and new["tenant"] == business.slug and new["timestamp"].endswith("Z"), new
    assert new["data"] == {**new["data"], "orderId": made["id"], "orderNumber": 1, "customerName": "Ann", "orderType": "pickup",
                           "totalAmount": 24.99, "specialInstructions": "ring", "status": "waiting", "source": "pos"}, new
    assert new["data"]["items"] == [{"name": "Tea", "quantity": 1, "price": 24.99, "modifiers": [], "notes": "hot"}], new
    previous = new["seq"]
    for move, status, before in (("start", "preparing", "waiting"), ("ready", "ready", "preparing"),
                                 ("complete", "completed", "ready")):
        business.must("POST", f"/orders/{made['id']}/{move}")
        update, = terminal.orders(1)
        assert update["type"] == "order_updated", update
        assert (update["data"]["status"], update["data"]["previousStatus"]) == (status, before), update
        assert update["prev"] >= previous, "a message does not follow the one before"
        previous = update["seq"]
    guest = order(business, item, source="online")
    assert terminal.orders(1)[0]["data"]["status"] == "proposed"
    business.must("POST", f"/orders/{guest['id']}/reject", {"reason": "no"})
    assert terminal.orders(1)[0]["data"] == {**terminal_data(guest), "status": "rejected", "previousStatus": "proposed"}
    draft = order(business, item, draft=True)
    placed = business.must("POST", f"/orders/{draft['id']}/place")
    first_seen, = terminal.orders(1)
    assert first_seen["type"] == "new_order" and first_seen["data"]["orderId"] == placed["id"], first_seen
    terminal.send({"type": "ping"})
    terminal.expect("pong")
    terminal.socket.close()


def terminal_data(made: dict) -> dict:
    """The order as a terminal sees it."""
    return {"orderId": made["id"], "orderNumber": made["number"], "customerName": None, "orderType": made["type"],
            "totalAmount": 24.99, "items": [{"name": "Tea", "quantity": 1, "price": 24.99, "modifiers": [], "notes": "hot"}],
            "specialInstructions": None, "status": "waiting", "source": made["source"]}


def check_resuming(place: Place):
    """Behind a position: in the URL, in auth, by `resume`, or behind the last acknowledgement; what is foreign says so."""
    business = place.business()
    item = tea(business)
    terminal = Terminal(business)
    start = terminal.expect("ready")
    made = [order(business, item)["id"] for _ in range(4)]
    seen = terminal.orders(4)
    terminal.send({"type": "ack", "seq": seen[1]["seq"]})
    terminal.send({"type": "ping"})
    terminal.expect("pong")
    terminal.socket.close()
    epoch, after = start["epoch"], seen[1]["seq"]

    def heard(t: Terminal, *first):
        for kind in first:
            t.expect(kind)
        ids = [m["data"]["orderId"] for m in t.orders(2)]
        t.socket.close()
        return ids

    assert heard(Terminal(business), "ready") == made[2:], "it does not go on behind its acknowledgement"
    assert heard(Terminal(business, query=f"?after={epoch}:{after}"), "ready") == made[2:]
    signing = Terminal(business, role="")
    signing.send({"type": "auth", "token": business.token("staff"), "after": after, "epoch": epoch})
    assert heard(signing, "ready") == made[2:]
    resuming = Terminal(business, query=f"?after={epoch}:{seen[3]['seq']}")
    resuming.expect("ready")
    resuming.send({"type": "resume", "after": after})
    resumed = resuming.next()
    while resumed["type"] == "mark":
        resumed = resuming.next()
    assert resumed == {"type": "resumed", "after": after}, resumed
    assert heard(resuming) == made[2:]
    foreign = Terminal(business)
    foreign.expect("ready")
    foreign.send({"type": "resume", "after": 1, "epoch": "01jx00000000000000000000zz"})
    message = foreign.next()
    while message["type"] != "sync_required":
        message = foreign.next()
    assert message["reason"] == "epoch" and message["snapshot"].startswith("/api/v1/orders?state="), message
    assert business.call("GET", message["snapshot"]).status == 200
    foreign.socket.close()


def check_who_may_listen(place: Place):
    business, other = place.business(), place.business()
    assert (refused := Terminal(business, role="staff", slug=other.slug)).status == 404, refused.status
    assert Terminal(business, role="nobody").status == 403
    silent = Terminal(business, role="")
    silent.send({"type": "auth", "token": "dbt_" + business.slug + ".wrong"})
    assert silent.close_code() == 4000
    odd = Terminal(business)
    odd.expect("ready")
    odd.send(b"no json")
    assert odd.close_code() == 4001
    binary = Terminal(business)
    binary.expect("ready")
    binary.send(b"\x00\x01", opcode=2)
    assert binary.close_code() == 1003
    revoked = Terminal(business, role="kitchen")
    revoked.expect("ready")
    token = business.must("GET", "/tokens?role=kitchen")["data"][0]
    business.must("DELETE", f"/tokens/{token['id']}", headers={"If-Match": str(token["version"])})
    assert revoked.close_code() == 4000
