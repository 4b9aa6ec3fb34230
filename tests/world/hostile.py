"""Peers that break the rules, stop reading, say nothing or say it slowly. They get their answer, and nobody else notices."""
import json
import os
import pathlib
import random
import socket
import threading
import time

from tests.kit.server import Server
from tests.kit.socket import BINARY, CONTINUATION, PING, TEXT, Socket, connect, frame
from tests.kit.streams import Stream
from tests.world.load import Load, check, events_once, menu
from tests.world.resume import Listener, Terminal, catch_up, position_of

PATH = "/ws/pos/kitchen"
# What all of this may cost at most, under sanitizers. The orders that go on meanwhile may fill the printed forms kept in memory:
# 48 MiB, twice that here.
MEMORY = (192 + 96) << 20
CAPTIVE = 4096      # a receive buffer of somebody who does not read


class Task(threading.Thread):
    """One kind of trouble, on a thread of its own; what it finds wrong is raised by `end`."""

    def __init__(self, trouble, *args):
        super().__init__(daemon=True, name=trouble.__name__)
        self.trouble, self.args, self.failure = trouble, args, None
        self.start()

    def run(self):
        try:
            self.trouble(*self.args)
        except BaseException as failure:
            self.failure = failure

    def end(self, seconds=90):
        self.join(seconds)
        if self.failure:
            raise AssertionError(self.name) from self.failure
        assert not self.is_alive(), f"{self.name} does not end"


# ---- sockets --------------------------------------------------------------------------------------------------------


def silent(server: Server):
    """Nobody who does not say who they are stays longer than 10 s, whatever else they say meanwhile."""
    mute = [Socket(server.port, PATH, timeout=40) for _ in range(20)]
    chatty = [Socket(server.port, PATH, timeout=40) for _ in range(5)]
    began = time.time()
    for s in chatty:
        s.say({"type": "ping"})
        assert s.hear() == {"type": "pong"}
        s.say({"type": "resume", "after": 0})
        assert s.hear()["code"] == "auth.missing"
    for s in mute + chatty:
        assert s.closed() == 4006
    assert time.time() - began > 8, "closed before anybody could have said who they are"


def garbage(server: Server):
    """Each kind of nonsense closes its own socket with the code that names it."""
    hello = json.dumps({"type": "ping"}).encode()
    wrong = {
        "an unmasked frame": ([frame(TEXT, hello, mask=False)], {1002}),
        "reserved bits": ([frame(TEXT, hello, reserved=4)], {1002}),
        "an unknown kind of frame": ([frame(5, hello)], {1002}),
        "a fragment without a beginning": ([frame(CONTINUATION, hello)], {1002}),
        "a message in the middle of another": ([frame(TEXT, b"{", fin=False), frame(TEXT, hello)], {1002}),
        "a ping in two pieces": ([frame(PING, b"x", fin=False)], {1002}),
        "a ping that is too long": ([frame(PING, b"x" * 126)], {1002}),
        "binary": ([frame(BINARY, hello)], {1003}),
        "text that is none": ([frame(TEXT, b'{"type":"\xff"}')], {1007}),
        "half a character at the end": ([frame(TEXT, "é".encode()[:1])], {1007}),
        "a message over 64 KiB": ([frame(TEXT, b" " * 65537)], {1009}),
        "one over 64 KiB in pieces": ([frame(TEXT, b" " * 40000, fin=False), frame(CONTINUATION, b" " * 40000)], {1009}),
        "a frame of an exabyte": ([b"\x81\xff" + (1 << 60).to_bytes(8, "big") + b"mask"], {1009, 1002}),
        "no JSON": ([frame(TEXT, b"hello")], {4001}),
        "no object": ([frame(TEXT, b"[1]")], {4001}),
        "deep nesting": ([frame(TEXT, b"[" * 30000)], {4001}),
        "a wrong token": ([frame(TEXT, b'{"type":"auth","token":"dbt_kitchen.x"}')], {4000}),
    }
    for what, (frames, codes) in wrong.items():
        s = Socket(server.port, PATH, timeout=30)
        for each in frames:
            s.raw(each)
        code = s.closed()
        assert code in codes, f"{what} was closed with {code}"
    in_pieces(server)
    for _ in range(200):
        s = Socket(server.port, PATH, token=random.choice([None, server.token]), timeout=30)
        try:
            s.raw(os.urandom(random.randint(1, 4000)))
            s.tcp.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        s.closed()


def in_pieces(server: Server):
    """What is odd but allowed: a message in many fragments, with pings between them, byte by byte."""
    s = Socket(server.port, PATH, timeout=30)
    text = json.dumps({"type": "auth", "token": server.token, "unknown": "é" * 100}).encode()
    cuts = sorted(random.sample(range(1, len(text)), 10))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)])]
    for i, piece in enumerate(pieces):
        sent = frame(CONTINUATION if i else TEXT, piece, fin=i == len(pieces) - 1) + frame(PING, b"still there?")
        for byte in sent:
            s.raw(bytes([byte]))
    while (message := s.hear())["type"] != "ready":
        assert False, message
    s.cut()


# ---- connections ----------------------------------------------------------------------------------------------------


def half_open(server: Server):
    """Hundreds who connect and say nothing, and as many who vanish."""
    idle = [connect(server.port, timeout=120) for _ in range(400)]
    for _ in range(400):
        connect(server.port).close()
    for s in idle[:200]:
        s.sendall(b"GET / HT")
    ended = [read_all(s) for s in idle]
    assert all(text == b"" or text.startswith(b"HTTP/1.1 408") for text in ended), set(ended)
    assert all(text for text in ended[:200]), "half a request got no answer"


def read_all(s: socket.socket) -> bytes:
    text = b""
    try:
        while piece := s.recv(65536):
            text += piece
    except ConnectionError:
        pass
    s.close()
    return text


def slow_headers(server: Server):
    """A header now and then, for ever: there is an end to it."""
    slow = [connect(server.port, timeout=60) for _ in range(100)]
    for s in slow:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
    began, alive = time.time(), list(slow)
    while alive and time.time() - began < 60:
        for s in list(alive):
            try:
                s.sendall(b"X-Slow: 1\r\n")
            except OSError:
                alive.remove(s)
        time.sleep(1)
    assert not alive, f"{len(alive)} are still sending headers after a minute"
    for s in slow:
        s.close()


def slow_bodies(server: Server):
    """A body that stops is answered 408. One that comes slowly but comes is a body like any other."""
    head = ("POST /api/v1/orders/calculate HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {server.token}\r\nContent-Length: 20\r\n\r\n").encode()
    body = b'{"lines":[],"x":1}  '
    stopped, dripping = ([connect(server.port, timeout=60) for _ in range(50)] for _ in range(2))
    for s in stopped + dripping:
        s.sendall(head + body[:2])
    for byte in body[2:]:
        time.sleep(1)
        for s in dripping:
            s.sendall(bytes([byte]))
    assert all(read_all(s).startswith(b"HTTP/1.1 422") for s in dripping), "a slow body was not taken"
    assert all(read_all(s).startswith(b"HTTP/1.1 408") for s in stopped), "a body that stopped was not ended"


def greedy(server: Server):
    """Who asks for a hundred long lists at once and reads none of them must not make the server keep them all."""
    ask = (f"GET /api/v1/orders?limit=200 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n\r\n").encode() * 100
    captives = [connect(server.port, timeout=60, receive_buffer=CAPTIVE) for _ in range(30)]
    for s in captives:
        s.sendall(ask)
    time.sleep(20)
    for s in captives:
        s.close()


def captive(server: Server):
    """Readers of the log who stop reading while orders go on."""
    epoch, seq = position_of(server)
    sockets = [Socket(server.port, PATH, server.token, receive_buffer=CAPTIVE) for _ in range(100)]
    streams = [Stream(server, f"{epoch}:0", receive_buffer=CAPTIVE) for _ in range(50)]
    for s in sockets:
        s.say({"type": "resume", "after": 0})
    time.sleep(20)
    for s in sockets + streams:
        s.cut()


TROUBLES = (silent, garbage, half_open, slow_headers, slow_bodies, greedy, captive)


class Bystander(Task):
    """A reader who does what it should. Nothing of all this may reach it: no end, no gap."""

    def __init__(self, reader):
        self.reader, self.stopping = reader, threading.Event()
        reader.open()
        super().__init__(self.follow)

    def follow(self):
        while not self.stopping.is_set():
            self.reader.read()


def peers(program, data: pathlib.Path):
    data.mkdir(parents=True)
    # What sanitizers keep of freed memory is no memory of the program's.
    quarantine = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4"
    server = Server(program, data, "--demo", "--log-level", "off", env={"ASAN_OPTIONS": quarantine.lstrip(":")})
    try:
        server.sign_in()
        epoch, began = position_of(server)
        load = Load(server, menu(server), clients=4, timeout=30)
        bystanders = [Bystander(kind(server, epoch, began)) for kind in (Terminal, Terminal, Listener)]
        load.wait_for(200, 60, "no order went through")
        before, most = server.memory(), 0
        tasks = [Task(trouble, server) for trouble in TROUBLES]
        while any(task.is_alive() for task in tasks):
            most = max(most, server.memory())
            load.wait_for(1, 20, "orders do not go on")
            time.sleep(0.2)
        for task in tasks:
            task.end()
        for one in bystanders:
            one.stopping.set()
        load.wait_for(1, 20, "orders do not go on")
        load.stop()
        assert not load.refused and not load.unanswered, (load.codes(), len(load.unanswered))
        for one in bystanders:
            one.end()
        catch_up(server, [one.reader for one in bystanders], began)
        assert most - before < MEMORY, f"{(most - before) >> 20} MiB more than before"
        events_once(server, check(server, load))
        server.run("verify")
    finally:
        server.close()
    return f"{len(load.acknowledged)} orders meanwhile, {(most - before) >> 20} MiB more at most"
