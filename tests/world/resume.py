"""Readers of the log whose line is cut, whose server is killed, whose history is taken back: by socket, stream and poll.

Each of them proves what it heard by itself: `prev` of a terminal's messages, the numbers of the others.
"""
import pathlib
import random
import subprocess
import threading
import time

from tests.kit.server import Server
from tests.kit.socket import Socket
from tests.kit.streams import Ended, Stream
from tests.world.business import Business
from tests.world.load import Load, check, events_once, log_of, menu, order_body

SMALL = 4096  # a receive buffer: most of a replay is still on the server's side when it is cut


class SyncRequired(Exception):
    """The position belongs to a history that is gone: the lists must be read again."""


class Terminal:
    """/ws/pos: orders alone."""

    socket = None

    def __init__(self, server: Server, epoch, seq):
        self.server, self.epoch, self.seq, self.heard = server, epoch, seq, []

    def open(self, receive_buffer=None):
        """Goes on behind `seq`, in one of the three ways to say so."""
        path, token = "/ws/pos/kitchen", self.server.token
        way = random.choice(["url", "auth", "resume"])
        if way == "url":
            path += f"?after={self.epoch}:{self.seq}"
        self.socket = Socket(self.server.port, path, None if way == "auth" else token, 30, receive_buffer)
        if way == "auth":
            self.socket.say({"type": "auth", "token": token, "after": self.seq, "epoch": self.epoch})
        ready = self.socket.hear()
        assert ready["type"] == "ready" and ready["tenant"] == "kitchen", ready
        self.live_epoch = ready["epoch"]
        if way == "resume":
            self.socket.say({"type": "resume", "after": self.seq, "epoch": self.epoch})
            message = self.socket.hear()
            while message["type"] not in ("resumed", "sync_required"):  # whatever came before is not part of it
                message = self.socket.hear()
            self.take(message)

    def read(self):
        self.take(self.socket.hear())

    def take(self, message):
        if message["type"] == "sync_required":
            raise SyncRequired(message)
        if message["type"] == "resumed":
            assert message["after"] == self.seq, message
            return
        assert message["prev"] == self.seq, f"prev is {message['prev']}, heard was {self.seq}"
        assert message["seq"] > self.seq or message["type"] == "mark", message
        self.seq, self.epoch = message["seq"], self.live_epoch
        if message["type"] != "mark":
            self.heard.append((message["seq"], "order/" + message["data"]["orderId"]))

    def cut(self):
        if self.socket:
            self.socket.cut()
            self.socket = None

    @staticmethod
    def concerned(entry):
        return entry["subject"].startswith("order/") and entry["data"]["state"] not in ("draft", "discarded")


class Listener:
    """The stream: everything."""

    stream = None

    def __init__(self, server: Server, epoch, seq):
        self.server, self.epoch, self.seq, self.heard = server, epoch, seq, []

    def open(self, receive_buffer=None):
        try:
            self.stream = Stream(self.server, f"{self.epoch}:{self.seq}", 30, receive_buffer)
        except Ended as refused:
            if refused.status == 409 and "position.foreign_epoch" in refused.text:
                raise SyncRequired(refused.text) from refused
            raise

    def read(self):
        position, kind, data = self.stream.hear()
        if kind == "sync_required":
            raise SyncRequired(data)
        epoch, _, seq = position.partition(":")
        if kind == "mark":
            assert int(seq) == data["seq"] >= self.seq, data
        else:
            assert (data["epoch"], data["seq"]) == (epoch, int(seq)), position
            assert data["seq"] == self.seq + 1, f"{data['seq']} came behind {self.seq}"
            self.heard.append((data["seq"], data["subject"]))
        self.epoch, self.seq = epoch, int(seq)

    def cut(self):
        if self.stream:
            self.stream.cut()
            self.stream = None

    @staticmethod
    def concerned(entry):
        return True


class Poller(Listener):
    """The long poll: everything, page by page."""

    def open(self, receive_buffer=None):
        self.connection = self.server.connection(timeout=30)

    def read(self):
        path = f"/daybook?after={self.epoch}:{self.seq}&limit=40&wait=2"
        answer = self.server.call("GET", path, connection=self.connection)
        if answer.status == 409 and answer.json["code"] == "position.foreign_epoch":
            raise SyncRequired(answer.text)
        if answer.status == 503:
            raise Ended(answer.status, answer.text)
        assert answer.status == 200, answer.text
        for e in answer.json["data"]:
            assert e["seq"] == self.seq + 1, f"{e['seq']} came behind {self.seq}"
            self.heard.append((e["seq"], e["subject"]))
            self.epoch, self.seq = e["epoch"], e["seq"]

    def cut(self):
        self.connection.close()


READERS = (Terminal, Listener, Poller)


def position_of(server: Server):
    epoch, _, seq = server.call("GET", "/orders?limit=1").headers["daybook-position"].partition(":")
    return epoch, int(seq)


def readers_at(server: Server, epoch, seq):
    return [kind(server, epoch, seq) for kind in READERS]


def catch_up(server: Server, readers, began):
    """Everybody to the end of the log; what they heard since `began` is what the log says, exactly."""
    end = position_of(server)[1]
    for reader in readers:
        while reader.seq < end:
            reader.read()
        reader.cut()
        wanted = [(e["seq"], e["subject"]) for e in log_of(server, began) if reader.concerned(e)]
        heard = [h for h in reader.heard if h[0] > began]
        assert heard == wanted, difference(type(reader).__name__, heard, wanted)
    return end - began


def difference(who, heard, wanted):
    twice = len(heard) - len(set(heard))
    return f"{who} heard {len(heard)} of {len(wanted)}: missed {sorted(set(wanted) - set(heard))[:5]}, {twice} twice"


def change(server: Server, items, events):
    """Lets the shop work until so many entries have been written."""
    end = position_of(server)[1] + events
    business = Business(server, items, clients=8)
    deadline = time.time() + 60
    while position_of(server)[1] < end:
        assert time.time() < deadline, f"too little was done: {business.done}"
        time.sleep(0.05)
    business.stop()


# ---- the scenarios --------------------------------------------------------------------------------------------------


def missed(server: Server, items):
    """A cut, 250 entries, and back."""
    epoch, began = position_of(server)
    readers = readers_at(server, epoch, began)
    for reader in readers:
        reader.open()
    assert server.call("POST", "/orders", order_body(items)).status == 201
    for reader in readers:
        reader.read()
        reader.cut()
    change(server, items, 250)
    for reader in readers:
        reader.open()
    return catch_up(server, readers, began)


def killed_in_replay(server: Server):
    """kill -9 while everything is told again from the beginning."""
    epoch, end = position_of(server)
    readers = readers_at(server, epoch, 0)
    for reader in readers:
        reader.open(SMALL)
        while len(reader.heard) < 40:
            reader.read()
        assert reader.seq < end
    server.kill()
    for reader in readers:
        reader.cut()
    server.start()
    for reader in readers:
        reader.open()
    return catch_up(server, readers, 0)


class Restless(threading.Thread):
    """A reader that goes on after every end of its line, and pulls the cable itself now and then."""

    def __init__(self, reader):
        super().__init__(daemon=True)
        self.reader, self.failure, self.cuts = reader, None, 0
        self.stopping = threading.Event()
        self.start()

    def run(self):
        try:
            while not self.stopping.is_set():
                self._line()
        except BaseException as failure:
            self.failure = failure

    def _line(self):
        before = len(self.reader.heard)
        try:
            self.reader.open()
            for _ in range(random.randint(5, 60)):
                if self.stopping.is_set():
                    break
                self.reader.read()
        except OSError:  # killed, or nothing to be heard for a while
            time.sleep(0.02)
        self.reader.cut()
        self.cuts += len(self.reader.heard) > before

    def end(self):
        self.join(60)
        if self.failure:
            raise self.failure
        assert not self.is_alive(), "a reader hangs"


def torn(server: Server, items, kills):
    """Live under load, with cuts at random and kill -9."""
    epoch, began = position_of(server)
    readers = readers_at(server, epoch, began)
    restless = [Restless(reader) for reader in readers]
    loads = []
    for _ in range(kills):
        loads.append(Load(server, items, clients=4))
        loads[-1].wait_for(20, 60, "no order went through")
        server.kill()
        loads[-1].stop()
        server.start()
    known = [order for load in loads for order in check(server, load)]
    for one in restless:
        one.stopping.set()
    assert server.call("POST", "/orders", order_body(items)).status == 201  # wakes who waits
    for one in restless:
        one.end()
    for reader in readers:
        reader.open()
    catch_up(server, readers, began)
    events_once(server, known)
    return sum(one.cuts for one in restless)


def taken_back(server: Server, items, backup, restore):
    """A restore: who is behind it goes on, who has heard of what is gone is told to read the lists."""
    change(server, items, 20)
    epoch, kept = position_of(server)
    backup()
    change(server, items, 20)
    lost = position_of(server)
    server.stop()
    restore()
    server.start()
    assert position_of(server)[0] != epoch, "a restore begins another history"
    readers = readers_at(server, epoch, kept - 10)
    for reader in readers:
        reader.open()
    change(server, items, 20)
    catch_up(server, readers, kept - 10)
    for position in (lost, (epoch, kept + 1), ("01k" + "0" * 23, 1)):
        for reader in readers_at(server, *position):
            must_sync(server, items, reader)


def must_sync(server: Server, items, reader):
    try:
        reader.open()
        while True:
            reader.read()
    except SyncRequired as told:
        if not isinstance(reader, Terminal):
            return
        message = told.args[0]
    assert message["reason"] == "epoch", message
    assert server.call("GET", message["snapshot"]).status == 200
    reader.seq = message["seq"]  # what happens from here on follows on this socket
    began = reader.seq
    assert server.call("POST", "/orders", order_body(items)).status == 201
    catch_up(server, [reader], began)


def resumed(program, data, backup, restore, kills):
    if isinstance(data, pathlib.Path):
        data.mkdir(parents=True, exist_ok=True)
    server = Server(program, data, "--demo", "--log-level", "off")
    try:
        server.sign_in()
        items = menu(server)
        entries = missed(server, items)
        replayed = killed_in_replay(server)
        cuts = torn(server, items, kills)
        taken_back(server, items, backup, restore)
        server.run("verify")
    finally:
        server.close()
    return f"{entries} entries missed and got, {replayed} replayed over a kill, {cuts} cuts under load"


def on_sqlite(program, scratch: pathlib.Path, kills):
    data, copy = scratch / "data", scratch / "copy.db"

    def run(*args):
        subprocess.run([program, *args, "--data", str(data)], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return resumed(program, data, lambda: run("backup", str(copy)), lambda: run("restore", str(copy), "--replace"), kills)


def on_postgres(program, postgres, kills):
    name, url = "resumed", postgres.database("resumed")
    copy = postgres.folder / "copy"

    def restore():
        postgres.tool("dropdb", name)
        postgres.database(name)
        postgres.tool("pg_restore", "-d", name, copy)
        subprocess.run([program, "restore", "--data", url], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return resumed(program, url, lambda: postgres.tool("pg_dump", "-Fc", "-f", copy, name), restore, kills)
