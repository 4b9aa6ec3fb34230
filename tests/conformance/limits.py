"""Large messages and many small ones. Not how fast: whether all of it comes back, once and in order."""
import threading
from functools import partial

from .client import CONTINUATION, TEXT, frame
from .framing import KINDS, fragments, sample

MIB = 1 << 20
LIMIT = 16 * MIB  # of the echo socket


def echo(opcode, size, chop, c):
    payload = sample(opcode, size)
    writer = threading.Thread(target=c.send, args=(opcode, payload, chop))  # whoever only writes would block both sides
    writer.start()
    c.expect(opcode, payload)
    writer.join()
    c.bye()


def in_fragments(opcode, size, piece, c):
    payload = sample(opcode, size)
    parts = fragments(payload, size // piece)
    data = b"".join(frame(CONTINUATION if i else opcode, part, fin=i == len(parts) - 1) for i, part in enumerate(parts))
    writer = threading.Thread(target=c.raw, args=(data,))
    writer.start()
    c.expect(opcode, payload)
    writer.join()
    c.bye()


def round_trips(opcode, size, count, c):
    payload = sample(opcode, size)
    for _ in range(count):
        c.send(opcode, payload)
        c.expect(opcode, payload)
    c.bye()


def pipelined(opcode, size, count, c):
    """Sent without waiting for answers: the server must not lose, mix or drop any while its answers are not read."""
    payload = sample(opcode, size)
    data = b"".join(frame(opcode, payload[i % 7:]) for i in range(count))
    writer = threading.Thread(target=c.raw, args=(data,))
    writer.start()
    for i in range(count):
        c.expect(opcode, payload[i % 7:])
    writer.join()
    c.bye()


def too_long(data, c):
    c.raw(data)
    c.closed(1009)


def refusals():
    """The length alone decides; nobody has to send 16 MiB to be refused."""
    for name, opcode in KINDS:
        head = bytes([0x80 | opcode, 0xFF]) + (LIMIT + 1).to_bytes(8, "big") + b"mask"
        yield f"9 {name} of 16 MiB and one byte", partial(too_long, head)
        half = frame(opcode, b"x" * MIB, fin=False)
        head = bytes([0x80, 0xFF]) + (LIMIT - MIB + 1).to_bytes(8, "big") + b"mask"
        yield f"9 {name} of 16 MiB and one byte in two fragments", partial(too_long, half + head)


def cases():
    for name, opcode in KINDS:
        for size in (65536, 262144, MIB, 4 * MIB, 8 * MIB, LIMIT):
            yield f"9 {name} of {size // 1024} KiB", partial(echo, opcode, size, None)
        for piece in (256, 4096, 65536, MIB, 2 * MIB):
            yield f"9 {name} of 4 MiB in fragments of {piece}", partial(in_fragments, opcode, 4 * MIB, piece)
        for chop in (64, 512, 2048):
            yield f"9 {name} of 1 MiB, {chop} bytes at a time", partial(echo, opcode, MIB, chop)
        for size in (0, 16, 64, 256, 1024, 4096):
            yield f"9 {name} of {size} bytes, 300 round trips", partial(round_trips, opcode, size, 300)
        for size, count in ((10, 10000), (1000, 3000), (100000, 100)):
            yield f"9 {name} of {size} bytes, {count} pipelined", partial(pipelined, opcode, size, count)
    yield "10 65,536 bytes in fragments of 1,300", partial(in_fragments, TEXT, 65536, 1300)
    yield from refusals()
