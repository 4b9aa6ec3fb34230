"""permessage-deflate (RFC 7692): agreed on, taken apart, refused where it is wrong."""
import json
import random
import re
import threading
import zlib
from functools import partial

from .client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, check, close_body, frame
from .framing import fragments, sample
from .limits import LIMIT

MARK = b"\0\0\xff\xff"
PLAIN = "permessage-deflate"
TAKEN = (PLAIN, "permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits=10",
         "permessage-deflate; server_no_context_takeover", "permessage-deflate; client_no_context_takeover",
         "permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_max_window_bits=9",
         "permessage-deflate; server_max_window_bits=8; client_max_window_bits=\"8\"",
         "permessage-deflate; server_max_window_bits=10; client_no_context_takeover; server_no_context_takeover",
         "x-unknown, permessage-deflate; server_max_window_bits=99, permessage-deflate; server_max_window_bits=12")
DECLINED = ("x-unknown", "permessage-deflate; nonsense", "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=010", "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover", "permessage-bzip2")


def squeezed(payload, bits=15, end=zlib.Z_SYNC_FLUSH, level=6, strategy=zlib.Z_DEFAULT_STRATEGY) -> bytes:
    """A compressed message as a client makes it; each for itself."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -bits, 8, strategy)
    data = packer.compress(payload) + packer.flush(end)
    return data.removesuffix(MARK) if end == zlib.Z_SYNC_FLUSH else data


class Terms:
    """What the server's answer allows and promises; anything else in it is wrong."""

    def __init__(self, offer, answer):
        self.name, *parameters = [part.strip() for part in answer.split(";")]
        check(self.name == PLAIN, f"the answer is {answer!r}")
        named = {name: value for name, _, value in (part.partition("=") for part in parameters)}
        check(len(named) == len(parameters), "a parameter twice")
        check(set(named) <= {"server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits",
                             "client_max_window_bits"}, f"unknown parameters in {answer!r}")
        asked = re.findall(r"server_max_window_bits=(\d+)", offer)
        self.server_bits = int(named.get("server_max_window_bits", 15))
        check(not asked or self.server_bits <= int(asked[-1]), "a larger window than asked for")
        check("client_max_window_bits" not in named or "client_max_window_bits" in offer, "an answer to nothing")
        self.client_bits = int(named.get("client_max_window_bits") or 15)
        self.server_keeps = "server_no_context_takeover" not in named
        check(not ("server_no_context_takeover" in offer and self.server_keeps), "the server keeps its context")
        self.unpacker = None

    def unfold(self, payload) -> bytes:
        if self.unpacker is None or not self.server_keeps:
            self.unpacker = zlib.decompressobj(-self.server_bits)
        return self.unpacker.decompress(payload + MARK)


def message(c, terms) -> tuple[int, bytes]:
    got = c.frame()
    check(got is not None, "the connection ended instead of a message")
    check(got.rsv in (0, 4), f"reserved bits {got.rsv}")
    parts, last = [got.payload], got
    while not last.fin:
        last = c.frame()
        check(last is not None and last.opcode == CONTINUATION and last.rsv == 0, "a fragment is missing or marked")
        parts.append(last.payload)
    whole = b"".join(parts)
    return got.opcode, terms.unfold(whole) if got.rsv else whole


def echoed(c, terms, opcode, payload):
    got, back = message(c, terms)
    check(got == opcode, f"opcode {got} instead of {opcode}")
    check(back == payload, f"{len(back)} bytes {back[:40]!r} instead of {len(payload)} bytes {payload[:40]!r}")


def negotiated(offer, connect):
    c = connect(offers=offer)
    return c, Terms(offer, c.extensions)


def document(size) -> bytes:
    chance = random.Random(size)
    lines = [{"id": i, "name": chance.choice(("Margherita", "Calabrese", "Spinach")), "price": chance.randrange(900, 2100)}
             for i in range(size // 40 + 1)]
    return json.dumps(lines).encode()[:size]


def exchange(offer, size, count, piece, connect):
    """`count` messages there and back, each in frames of `piece` bytes, with a plain one now and then."""
    c, terms = negotiated(offer, connect)
    for i in range(count):
        opcode = BINARY if i % 3 == 1 else TEXT
        payload = document(size + i)
        packed = squeezed(payload, max(9, terms.client_bits))
        parts = fragments(packed, max(1, len(packed) // piece)) if piece else [packed]
        for k, part in enumerate(parts):
            c.send(CONTINUATION if k else opcode, part, fin=k == len(parts) - 1, rsv=0 if k else 4)
        echoed(c, terms, opcode, payload)
        if i % 5 == 0:
            c.send(TEXT, b"not compressed")
            echoed(c, terms, TEXT, b"not compressed")
    c.bye()


def agreements():
    for offer in TAKEN:
        for size in (0, 16, 256, 1024, 8192, 131072):
            for piece in ((None, 256) if size > 1000 else (None,)):
                yield f"12 {offer}: {size} bytes, frames of {piece}", partial(exchange, offer, size, 12, piece)
    for offer in DECLINED:
        yield f"13 declined: {offer}", partial(declined, offer)


def declined(offer, connect):
    c = connect(offers=offer)
    check(c.extensions == "", f"the answer is {c.extensions!r}")
    c.send(TEXT, b"plain")
    c.expect(TEXT, b"plain")
    c.send(TEXT, squeezed(b"compressed"), rsv=4)
    c.closed(1002)


def single(opcode, data, payload, chop, connect):
    c, terms = negotiated(PLAIN, connect)
    c.raw(data, chop)
    echoed(c, terms, opcode, payload)
    c.bye()


def shapes():
    """Whatever a compressor may do: kinds of blocks, final blocks, flushes in the middle, runs of nothing."""
    text = sample(TEXT, 3000)
    for name, strategy in (("default", zlib.Z_DEFAULT_STRATEGY), ("fixed", zlib.Z_FIXED), ("huffman", zlib.Z_HUFFMAN_ONLY),
                           ("rle", zlib.Z_RLE)):
        for level in (0, 1, 9):
            for chop in (None, 1):
                data = frame(TEXT, squeezed(text, level=level, strategy=strategy), rsv=4)
                yield f"12 blocks {name} level {level}, chop {chop}", partial(single, TEXT, data, text, chop)
    final = squeezed(text, end=zlib.Z_FINISH)
    packer = zlib.compressobj(wbits=-15)
    flushed = b"".join(packer.compress(text[i:i + 500]) + packer.flush(zlib.Z_SYNC_FLUSH) for i in range(0, 3000, 500))
    for name, packed, whole in (("a final block", final, text), ("a final block and a zero", final + b"\0", text),
                                ("two final blocks", final + final, text * 2), ("flushed six times", flushed, text),
                                ("flushed, the mark left out", flushed.removesuffix(MARK), text),
                                ("an empty message", b"\0", b""), ("an empty final block", b"\x03\0", b""),
                                ("no payload", b"", b"")):
        yield f"12 {name}", partial(single, TEXT, frame(TEXT, packed, rsv=4), whole, None)
    noise = random.Random(1).randbytes(100000)
    yield "12 what cannot be compressed", partial(single, BINARY, frame(BINARY, squeezed(noise), rsv=4), noise, None)
    parts = fragments(squeezed(text), 5)
    data = frame(TEXT, b"", fin=False, rsv=4) + b"".join(frame(CONTINUATION, p, fin=False) for p in parts)
    yield "12 empty first and last fragment", partial(single, TEXT, data + frame(CONTINUATION, b""), text, None)


def each_for_itself(connect):
    """The server promised to keep no context: the same message twice is the same bytes."""
    c, terms = negotiated(PLAIN, connect)
    check(not terms.server_keeps, "the server keeps its context")
    payload = document(5000)
    seen = set()
    for _ in range(3):
        c.send(TEXT, squeezed(payload), rsv=4)
        got = c.frame()
        check(got.rsv == 4 and terms.unfold(got.payload) == payload, "not the message")
        seen.add(got.payload)
    check(len(seen) == 1, "the second is not the first")
    c.bye()


def pings_between(connect):
    c, terms = negotiated(PLAIN, connect)
    text = sample(TEXT, 3000)
    parts = fragments(squeezed(text), 4)
    for i, part in enumerate(parts):
        c.send(CONTINUATION if i else TEXT, part, fin=i == 3, rsv=0 if i else 4)
        if i < 3:
            c.send(PING, b"never compressed")
            c.expect(PONG, b"never compressed")
    echoed(c, terms, TEXT, text)
    c.bye()


def refused(code, data, connect):
    c, _ = negotiated(PLAIN, connect)
    c.send(TEXT, b"hello")
    c.expect(TEXT, b"hello")
    c.raw(data + frame(PING, b"not answered"))
    c.closed(code)


def faults():
    packed = squeezed(sample(TEXT, 3000))
    start = frame(TEXT, packed[:100], fin=False, rsv=4)
    for name, data in (("a marked continuation", start + frame(CONTINUATION, packed[100:], rsv=4)),
                       ("a marked ping", frame(PING, b"p", rsv=4)), ("a marked pong", frame(PONG, b"", rsv=4)),
                       ("a marked close", frame(CLOSE, close_body(1000), rsv=4)),
                       *((f"rsv {rsv}", frame(TEXT, packed, rsv=rsv)) for rsv in (1, 2, 3, 5, 6, 7))):
        yield f"12 {name}", partial(refused, 1002, data)
    bad_text = b"fine \xed\xa0\x80 not fine" + b"x" * 500
    for name, data in (("no deflate data", frame(TEXT, b"\xff" * 10, rsv=4)), ("an unknown block", frame(TEXT, b"\x07", rsv=4)),
                       ("cut short", frame(TEXT, packed[:-20], rsv=4)),
                       ("a length that lies", frame(BINARY, b"\0\5\0\0\0", rsv=4)),
                       ("text that is not UTF-8", frame(TEXT, squeezed(bad_text), rsv=4)),
                       ("text that is not UTF-8, not finished", frame(TEXT, squeezed(bad_text + b"y" * 9999), fin=False, rsv=4)),
                       ("a message that ends in a character", frame(TEXT, squeezed(b"half \xe2\x82"), rsv=4))):
        yield f"12 {name}", partial(refused, 1007, data)
    bomb = squeezed(b"\0" * (LIMIT + 1), level=9)
    yield f"12 {len(bomb)} bytes that unfold to 16 MiB and one", partial(refused, 1009, frame(BINARY, bomb, rsv=4))
    parts = fragments(squeezed(b"\0" * (3 * LIMIT), level=9), 20)
    data = b"".join(frame(CONTINUATION if i else BINARY, p, fin=False, rsv=0 if i else 4) for i, p in enumerate(parts))
    yield "12 a bomb in fragments, not finished", partial(refused, 1009, data)


def largest(connect):
    c, terms = negotiated(PLAIN, connect)
    payload = (document(1 << 20) * 16)[:LIMIT]
    writer = threading.Thread(target=c.raw, args=(frame(TEXT, squeezed(payload, level=1), rsv=4),))
    writer.start()
    echoed(c, terms, TEXT, payload)
    writer.join()
    c.bye()


def cases():
    for group in (agreements, shapes, faults):
        yield from group()
    yield "12 each message for itself", each_for_itself
    yield "12 pings between compressed fragments", pings_between
    yield "12 sixteen MiB compressed", largest
