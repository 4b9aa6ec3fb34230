"""How a connection begins (RFC 6455 §4.2), and several of them at once."""
import base64
import os
import socket
import struct
from functools import partial

from .client import CLOSE, PING, PONG, TEXT, check, close_body, frame

KEY = base64.b64encode(b"sixteen bytes ok")


def request(line=b"GET /ws/echo HTTP/1.1", **changed) -> bytes:
    """A good handshake, but for the headers that are named; None leaves one out."""
    headers = {"Host": b"shop", "Upgrade": b"websocket", "Connection": b"Upgrade", "Sec-WebSocket-Version": b"13",
               "Sec-WebSocket-Key": KEY} | {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [line] + [name.encode() + b": " + value for name, value in headers.items() if value is not None]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def answered(data, statuses, connect):
    c = connect(opening=data)
    status, headers = c.answer()
    check(status in statuses, f"answered {status} instead of {statuses}")
    check(status != 426 or headers.get("sec-websocket-version") == "13", "which version is spoken is not said")
    check(status != 101 or headers.get("upgrade", "").lower() == "websocket", "Upgrade is wrong")
    check(status != 101 or headers.get("connection", "").lower() == "upgrade", "Connection is wrong")
    if status != 101:
        return c.socket.close()
    c.send(TEXT, b"open")
    c.expect(TEXT, b"open")
    c.bye()


def handshakes():
    good = {"any case": request(Upgrade=b"WebSocket", Connection=b"keep-alive, uPGRADE"),
            "another key": request(Sec_WebSocket_Key=base64.b64encode(os.urandom(16))),
            "a subprotocol that is not spoken": request(Sec_WebSocket_Protocol=b"chat, superchat"),
            "a browser's headers": request(Origin=b"http://shop", Cookie=b"a=b", User_Agent=b"a browser", Pragma=b"no-cache"),
            "a query": request(b"GET /ws/echo?x=y HTTP/1.1")}
    for name, data in good.items():
        yield f"0 {name}", partial(answered, data, (101,))
    bad = {"no key": (request(Sec_WebSocket_Key=None), (400,)), "a short key": (request(Sec_WebSocket_Key=b"AAAA"), (400,)),
           "a key that is no base 64": (request(Sec_WebSocket_Key=b"!" * 22 + b"=="), (400,)),
           "no version": (request(Sec_WebSocket_Version=None), (426,)),
           "version 8": (request(Sec_WebSocket_Version=b"8"), (426,)),
           "no Upgrade": (request(Upgrade=None), (404, 426)), "no Connection": (request(Connection=None), (404, 426)),
           "POST": (request(b"POST /ws/echo HTTP/1.1"), (400, 404, 405, 426)),
           "HTTP/1.0": (request(b"GET /ws/echo HTTP/1.0"), (400, 404, 426)), "no host": (request(Host=None), (400,))}
    for name, (data, statuses) in bad.items():
        yield f"0 {name}", partial(answered, data, statuses)

    def accept(connect):
        c = connect(opening=request(Sec_WebSocket_Key=b"dGhlIHNhbXBsZSBub25jZQ=="))
        _, headers = c.answer()
        check(headers.get("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "not as in RFC 6455 §1.3")
        c.bye()

    def chopped(connect):
        c = connect(opening=b"")
        c.raw(request() + frame(TEXT, b"hello"), 1)
        check(c.answer()[0] == 101, "not opened")
        c.expect(TEXT, b"hello")
        c.bye()

    yield "0 the example of the standard", accept
    yield "0 one byte at a time", chopped


def early(connect):
    c = connect(early=frame(TEXT, b"sent with the handshake") + frame(PING, b"too"))
    c.expect(TEXT, b"sent with the handshake")
    c.expect(PONG, b"too")
    c.bye()


def reset(connect):
    """A peer that resets the connection leaves the server as it was."""
    c = connect()
    c.send(TEXT, b"never read" * 10000)
    c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.socket.close()
    other = connect()
    other.send(TEXT, b"still there")
    other.expect(TEXT, b"still there")
    other.bye()


def many_connections(connect):
    sockets = [connect() for _ in range(100)]
    for i, c in enumerate(sockets):
        c.send(TEXT, b"%d" % i)
    for i, c in reversed(list(enumerate(sockets))):
        c.expect(TEXT, b"%d" % i)
    for c in sockets:
        c.send(CLOSE, close_body(1000))
    for c in sockets:
        c.closed(1000)


def cases():
    yield from handshakes()
    yield "0 frames that come with the handshake", early
    yield "7 the peer resets the connection", reset
    yield "9 a hundred connections", many_connections
