"""Lengths, masks, pings, reserved bits, opcodes and fragments (RFC 6455 §5)."""
import random
from functools import partial

from .client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_body, frame

SIZES = (0, 1, 2, 124, 125, 126, 127, 128, 255, 256, 65534, 65535, 65536, 65537, 131072)
KINDS = (("text", TEXT), ("binary", BINARY))


def sample(opcode, size) -> bytes:
    """Text of mixed character lengths, or any bytes; exactly `size` bytes, always the same."""
    if opcode == BINARY:
        return random.Random(size).randbytes(size)
    text = ("daybook ½ € 🍕 " * (size // 20 + 1)).encode()
    cut = text[:size].decode("utf-8", "ignore").encode()
    return cut + b"." * (size - len(cut))


def echoes(opcode, size, chop, c, **how):
    payload = sample(opcode, size)
    c.send(opcode, payload, chop, **how)
    c.expect(opcode, payload)
    c.bye()


def lengths():
    for name, opcode in KINDS:
        for size in SIZES:
            yield f"1 {name} of {size} bytes", partial(echoes, opcode, size, None)
            for chop in (1, 2, 7, 997):
                if size / chop <= 1000 and (chop < size + 8 or chop == 1):
                    yield f"1 {name} of {size} bytes, {chop} at a time", partial(echoes, opcode, size, chop)
    for mask in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x80\x00\x7f\x01"):
        for size in (5, 126, 70000):
            yield f"1 mask {mask.hex()}, {size} bytes", partial(echoes, TEXT, size, None, mask=mask)


def wrong_frame(code, data, c, chop=None):
    c.raw(data, chop)
    c.closed(code)


def wrong_lengths():
    for bits, size in ((16, 0), (16, 125), (64, 0), (64, 125), (64, 126), (64, 65535)):
        yield f"1 length {size} in {bits} bits", partial(wrong_frame, 1002, frame(TEXT, b"x" * size, length=bits))
    yield "1 length with the highest bit", partial(wrong_frame, 1002, b"\x81\xff\x80" + b"\0" * 7 + b"mask")
    yield "1 length of 2^62", partial(wrong_frame, 1009, b"\x82\xff\x40" + b"\0" * 7 + b"mask")
    for opcode in (TEXT, BINARY, PING, CLOSE):
        yield f"1 unmasked opcode {opcode}", partial(wrong_frame, 1002, frame(opcode, b"\x03\xe8" * 2, mask=b""))


def many_in_one_write(c):
    messages = [sample(TEXT if i % 2 else BINARY, i * 3) for i in range(200)]
    c.raw(b"".join(frame(TEXT if i % 2 else BINARY, m) for i, m in enumerate(messages)))
    for i, message in enumerate(messages):
        c.expect(TEXT if i % 2 else BINARY, message)
    c.bye()


def ping(payload, chop, c):
    c.send(PING, payload, chop)
    c.expect(PONG, payload)
    c.bye()


def pings():
    for size in (0, 1, 2, 64, 124, 125):
        for chop in (None, 1):
            yield f"2 ping of {size} bytes, chop {chop}", partial(ping, sample(BINARY, size), chop)
    for size in (126, 127, 65536):
        yield f"2 ping of {size} bytes is too long", partial(wrong_frame, 1002, frame(PING, b"p" * size))
        yield f"2 pong of {size} bytes is too long", partial(wrong_frame, 1002, frame(PONG, b"p" * size))

    def ten(c, chop):
        c.raw(b"".join(frame(PING, b"payload-%d" % i) for i in range(10)), chop)
        for i in range(10):
            c.expect(PONG, b"payload-%d" % i)
        c.bye()

    def unsolicited(payload, c):
        c.send(PONG, payload)
        c.send(TEXT, b"still there")
        c.expect(TEXT, b"still there")
        c.send(PONG, payload)
        c.send(PING, b"and now")
        c.expect(PONG, b"and now")
        c.bye()

    yield "2 ten pings at once", partial(ten, chop=None)
    yield "2 ten pings, one byte at a time", partial(ten, chop=1)
    yield "2 unsolicited pong without payload", partial(unsolicited, b"")
    yield "2 unsolicited pong with payload", partial(unsolicited, b"unsolicited")


def after_hello(code, data, chop, c):
    """A good message is echoed, then the bad frame ends the connection; what follows it is not answered."""
    c.send(TEXT, b"Hello, world!")
    c.expect(TEXT, b"Hello, world!")
    c.raw(data + frame(PING, b"not answered"), chop)
    c.closed(code)


def reserved():
    for rsv in range(1, 8):
        for name, opcode, payload in (("text", TEXT, b"x"), ("binary", BINARY, b"x"), ("empty text", TEXT, b""),
                                      ("ping", PING, b""), ("pong", PONG, b""), ("close", CLOSE, close_body(1000))):
            data = frame(opcode, payload, rsv=rsv)
            yield f"3 rsv {rsv} on {name}", partial(after_hello, 1002, data, 1 if rsv == 4 else None)
        data = frame(TEXT, b"a", fin=False) + frame(CONTINUATION, b"b", rsv=rsv)
        yield f"3 rsv {rsv} on a continuation", partial(after_hello, 1002, data, None)


def opcodes():
    for opcode in (*range(3, 8), *range(11, 16)):
        for name, payload, chop in (("empty", b"", None), ("with payload", b"reserved", None), ("chopped", b"reserved", 1)):
            yield f"4 opcode {opcode} {name}", partial(after_hello, 1002, frame(opcode, payload), chop)
        data = frame(TEXT, b"a", fin=False) + frame(opcode, b"")
        yield f"4 opcode {opcode} between fragments", partial(after_hello, 1002, data, None)


def fragments(payload, count) -> list[bytes]:
    """The payload in `count` parts, the last ones empty where there is too little."""
    size = max(1, -(-len(payload) // count))
    return [payload[i * size:(i + 1) * size] for i in range(count)]


def fragmented(opcode, parts, between, chop, c):
    data = []
    for i, part in enumerate(parts):
        data.append(frame(opcode if i == 0 else CONTINUATION, part, fin=i == len(parts) - 1))
        if between and i < len(parts) - 1:
            data.append(frame(PING, b"%d" % i))
    c.raw(b"".join(data), chop)
    for i in range(len(parts) - 1 if between else 0):
        c.expect(PONG, b"%d" % i)
    c.expect(opcode, b"".join(parts))
    c.bye()


def good_fragments():
    for name, opcode in KINDS:
        for count in (2, 3, 5, 100):
            for between in (False, True):
                for chop in (None, 1):
                    parts = fragments(sample(opcode, 300), count)
                    yield (f"5 {name} in {count} fragments, pings {between}, chop {chop}",
                           partial(fragmented, opcode, parts, between, chop))
        yield f"5 {name} of empty fragments", partial(fragmented, opcode, [b""] * 3, True, None)
        yield f"5 {name}, only the middle has content", partial(fragmented, opcode, [b"", b"middle", b""], False, None)
        yield f"5 {name}, fragments over 64 KiB", partial(fragmented, opcode, fragments(sample(opcode, 300000), 3), True, None)

    def slowly(c):
        for i in range(5):
            c.send(TEXT if i == 0 else CONTINUATION, b"part%d" % i, fin=i == 4)
            if i < 4:
                c.send(PING, b"now")
                c.expect(PONG, b"now")
                c.quiet(0.02)
        c.expect(TEXT, b"part0part1part2part3part4")
        c.send(PONG, b"")
        c.bye()

    yield "5 fragments one by one, pings answered at once", slowly


def wrong_fragments():
    start, middle, end = frame(TEXT, b"a", fin=False), frame(CONTINUATION, b"b", fin=False), frame(CONTINUATION, b"c")
    whole, empty = frame(TEXT, b"whole"), frame(CONTINUATION, b"", fin=False)
    orders = {"a final continuation without a start": end, "a continuation without a start": middle,
              "an empty continuation without a start": empty, "text inside a message": start + whole,
              "binary inside a message": start + frame(BINARY, b"x"), "a second start": start + middle + start,
              "a fragmented ping": frame(PING, b"", fin=False), "a fragmented pong": frame(PONG, b"x", fin=False),
              "a fragmented close": frame(CLOSE, close_body(1000), fin=False),
              "a fragmented ping inside a message": start + frame(PING, b"p", fin=False) + end}
    for name, data in orders.items():
        for chop in (None, 1):
            yield f"5 {name}, chop {chop}", partial(after_hello, 1002, data, chop)

    def after_a_message(extra, c):
        c.raw(start + end + extra)
        c.expect(TEXT, b"ac")
        c.closed(1002)

    yield "5 a continuation after a finished message", partial(after_a_message, middle)
    yield "5 an end after a finished message", partial(after_a_message, end)


def cases():
    for group in (lengths, wrong_lengths, pings, reserved, opcodes, good_fragments, wrong_fragments):
        yield from group()
    yield "1 two hundred messages in one write", many_in_one_write

