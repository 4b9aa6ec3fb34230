"""A TCP proxy in front of PostgreSQL that knows one thing of its protocol, what a COMMIT is, and breaks the world there."""
import collections
import socket
import threading

PROTOCOL_3 = (196608).to_bytes(4, "big")
READY = b"Z\0\0\0\x05"

PASS = "pass"
CUT_BEFORE = "cut before"    # the COMMIT never arrives; both ends are closed
CUT_AFTER = "cut after"      # it is executed; both ends are closed before its answer returns
HOLE_BEFORE = "hole before"  # it never arrives, and nobody hears anything any more; both ends stay open
HOLE_AFTER = "hole after"    # it is executed, and nobody hears anything any more


class Link:
    """One connection. `doom` is what happens to it when the answer to a COMMIT comes."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.commits = set()  # names of prepared statements
        self.started = False
        self.doom = None

    def messages(self, data: bytearray):
        """Takes whole messages off the front of what the client has sent."""
        while True:
            head = 1 if self.started else 0
            if len(data) < head + 4:
                return
            size = head + int.from_bytes(data[head:head + 4], "big")
            if len(data) < size:
                return
            message = bytes(data[:size])
            del data[:size]
            self.started = self.started or message[4:8] == PROTOCOL_3
            yield message

    def commits_with(self, message: bytes) -> bool:
        if message[:1] == b"P":  # Parse: name, text
            name, text = message[5:].split(b"\0")[:2]
            if text == b"COMMIT":
                self.commits.add(name)
        return message[:1] == b"B" and message[5:].split(b"\0")[1] in self.commits  # Bind: portal, statement

    def close(self):
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()


class Proxy:
    def __init__(self, port: int):
        self.target = ("127.0.0.1", port)
        self.fault = lambda: PASS  # asked at every COMMIT
        self.counts = collections.Counter()
        self.moving = threading.Event()  # while it is not set, everything stands still, and nothing is lost
        self.moving.set()
        self.refusing = False  # nobody gets through: connections are closed as they come
        self.links = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database: str) -> str:
        return f"postgres://daybook@127.0.0.1:{self.port}/{database}?sslmode=disable&gssencmode=disable"

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                if self.refusing:
                    raise ConnectionRefusedError
                link = Link(client, socket.create_connection(self.target))
            except OSError:
                client.close()
                continue
            self.links.append(link)
            for pump in (self._forward, self._back):
                threading.Thread(target=self._guard, args=(pump, link), daemon=True).start()

    def _guard(self, pump, link):
        try:
            if pump(link) not in (HOLE_BEFORE, HOLE_AFTER):
                link.close()
        except OSError:
            link.close()

    def _forward(self, link):
        data = bytearray()
        while piece := link.client.recv(65536):
            self.moving.wait()
            data += piece
            out = bytearray()
            for message in link.messages(data):
                if link.commits_with(message):
                    fault = self.fault()
                    self.counts[fault] += 1
                    if fault in (CUT_BEFORE, HOLE_BEFORE):
                        link.server.sendall(out)
                        link.doom = fault
                        return fault
                    if fault != PASS:
                        link.doom = fault
                out += message
            link.server.sendall(out)

    def _back(self, link):
        answer = b""
        while piece := link.server.recv(65536):
            self.moving.wait()
            if link.doom in (CUT_AFTER, HOLE_AFTER):
                answer = (answer + piece)[-6:]
                if answer[:5] == READY:
                    return link.doom
            elif link.doom != HOLE_BEFORE:
                link.client.sendall(piece)
        return link.doom

    def close(self):
        self.listener.close()
        self.moving.set()
        for link in self.links:
            link.close()
