"""How a connection ends (RFC 6455 §7): codes, reasons, order, and peers that just go."""
import socket
import time
from functools import partial

from .client import BINARY, CLOSE, CONTINUATION, PING, TEXT, check, close_body, frame

GOOD = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999, 4000, 4001, 4999)
BAD = (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 5001, 32768, 65535)


def close_with(body, code, chop, c):
    c.send(CLOSE, body, chop)
    c.closed(code)


def bodies():
    for code in GOOD:
        yield f"7 code {code}", partial(close_with, close_body(code), code, None)
        yield f"7 code {code} with a reason", partial(close_with, close_body(code, "warum nicht? ½€🍕".encode()), code, 1)
    for code in BAD:
        yield f"7 code {code} is invalid", partial(close_with, close_body(code), 1002, None)
        yield f"7 code {code} with a reason is invalid", partial(close_with, close_body(code, b"why"), 1002, 1)
    yield "7 no body", partial(close_with, b"", None, None)
    yield "7 no body, chopped", partial(close_with, b"", None, 1)
    for byte in (b"\0", b"\x03", b"\xff"):
        yield f"7 body of one byte {byte.hex()}", partial(close_with, byte, 1002, None)
    for size in (1, 2, 122, 123):
        yield f"7 reason of {size} bytes", partial(close_with, close_body(1000, b"*" * size), 1000, None)
    for size in (124, 125, 126, 200, 70000):
        yield f"7 reason of {size} bytes is too long", partial(close_with, close_body(1000, b"*" * size), 1002, None)
    for name, reason in (("cut", b"\xe2\x82"), ("surrogate", b"\xed\xa0\x80"), ("ff", b"ok \xff"), ("overlong", b"\xc0\xaf"),
                         ("beyond", "κόσμε".encode() + b"\xf4\x90\x80\x80edited")):
        yield f"7 reason is not UTF-8: {name}", partial(close_with, close_body(1000, reason), 1007, None)


def nothing_follows(before, after, c):
    """What comes behind a close frame is not answered."""
    c.raw(before + frame(CLOSE, close_body(1000)) + after)
    c.closed(1000)


def order():
    hello = frame(TEXT, b"hello")
    yield "7 text behind the close", partial(nothing_follows, b"", hello)
    yield "7 binary behind the close", partial(nothing_follows, b"", frame(BINARY, b"\xff" * 1000))
    yield "7 ping behind the close", partial(nothing_follows, b"", frame(PING, b"late"))
    yield "7 second close", partial(nothing_follows, b"", frame(CLOSE, close_body(1001)))
    yield "7 rubbish behind the close", partial(nothing_follows, b"", b"\xff" * 500)
    yield "7 close inside a message", partial(nothing_follows, frame(TEXT, b"part", fin=False), frame(CONTINUATION, b"rest"))
    yield "7 close inside a message, text", partial(nothing_follows, frame(TEXT, b"part", fin=False), hello)

    def after_a_large_message(c):
        text = b"large " * 43691
        c.raw(frame(TEXT, text) + frame(CLOSE, close_body(1000, b"done")) + frame(PING, b"late"))
        c.expect(TEXT, text)
        c.closed(1000)

    def answers_come_first(c):
        c.raw(b"".join(frame(TEXT, b"%d" % i) for i in range(50)) + frame(CLOSE, b""))
        for i in range(50):
            c.expect(TEXT, b"%d" % i)
        c.closed(None)

    yield "7 echo of 256 KiB before the close", after_a_large_message
    yield "7 fifty answers before the close", answers_come_first


def the_server_closes_first(c):
    """After the handshake of closing it is the server that ends the TCP connection (RFC 6455 §7.1.1), at once."""
    start = time.monotonic()
    c.send(CLOSE, close_body(1000))
    c.closed(1000)
    check(time.monotonic() - start < 3, "the server waits for the client to hang up")


def half_closed(c):
    words = b"last words" * 400000  # more than the kernel takes at once
    c.send(TEXT, words)
    c.socket.shutdown(socket.SHUT_WR)
    c.expect(TEXT, words)
    c.gone()


def in_a_frame(c):
    c.raw(frame(TEXT, b"never finished")[:-4])
    c.socket.shutdown(socket.SHUT_WR)
    c.gone()


def rubbish(c):
    c.raw(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
    c.closed(1002)


def cases():
    yield from bodies()
    yield from order()
    yield "7 the server ends the connection", the_server_closes_first
    yield "7 the peer ends its side", half_closed
    yield "7 the peer ends inside a frame", in_a_frame
    yield "7 HTTP on an open socket", rubbish
