"""Text is UTF-8 (RFC 3629): what is valid is echoed however it is cut, what is not ends the connection at its first bad byte."""
import itertools
from functools import partial

from .client import CONTINUATION, TEXT, frame

GREEK = "κόσμε".encode()

VALID = {
    "greek": GREEK,
    "mixed lengths": "Hello-µ@ßöäüàá-UTF-8!! ½€🍕".encode(),
    "first of each length": b"".join(chr(c).encode() for c in (0x0, 0x80, 0x800, 0x10000)),
    "last of each length": b"".join(chr(c).encode() for c in (0x7F, 0x7FF, 0xFFFF, 0x10FFFF)),
    "around the surrogates": "\ud7ff\ue000\ufffd".encode(),
    "U+0000": b"a\0b",
    "byte order mark": "\ufeffmark".encode(),
    "combining": "e\u0301\u200d\u2028".encode(),
}
# Code points that are no characters are still valid text.
for plane in range(17):
    VALID[f"noncharacters of plane {plane}"] = "".join(chr(plane << 16 | c) for c in (0xFFFE, 0xFFFF)).encode()
VALID["noncharacters U+FDD0"] = "".join(chr(c) for c in range(0xFDD0, 0xFDF0)).encode()

INVALID = {
    "five bytes": b"\xf8\x88\x80\x80\x80", "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "above U+10FFFF": b"\xf4\x90\x80\x80", "far above": b"\xf7\xbf\xbf\xbf",
    "overlong slash in 2": b"\xc0\xaf", "overlong slash in 3": b"\xe0\x80\xaf", "overlong slash in 4": b"\xf0\x80\x80\xaf",
    "overlong slash in 5": b"\xf8\x80\x80\x80\xaf", "overlong slash in 6": b"\xfc\x80\x80\x80\x80\xaf",
    "largest overlong in 2": b"\xc1\xbf", "largest overlong in 3": b"\xe0\x9f\xbf", "largest overlong in 4": b"\xf0\x8f\xbf\xbf",
    "overlong NUL in 2": b"\xc0\x80", "overlong NUL in 3": b"\xe0\x80\x80", "overlong NUL in 4": b"\xf0\x80\x80\x80",
    "impossible fe": b"\xfe", "impossible ff": b"\xff", "impossible together": b"\xfe\xfe\xff\xff",
    "pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80", "last pair": b"\xed\xaf\xbf\xed\xbf\xbf",
    "latin-1": "grüße".encode("latin-1"), "utf-16": "€".encode("utf-16-be"),
}
for first in (0xD800, 0xDB7F, 0xDB80, 0xDBFF, 0xDC00, 0xDF80, 0xDFFF):
    INVALID[f"surrogate {first:x}"] = chr(first).encode("utf-8", "surrogatepass")
for count in (1, 2, 3, 7):
    INVALID[f"{count} lonely continuations"] = b"\x80\xbf"[:1] * count
INVALID["every lonely continuation"] = bytes(range(0x80, 0xC0))
for name, firsts in (("2", range(0xC2, 0xE0)), ("3", range(0xE0, 0xF0)), ("4", range(0xF0, 0xF5))):
    INVALID[f"lonely first bytes of {name}"] = b"".join(bytes([b, 0x20]) for b in firsts)
# Each cut short by a space: "unexpected end" in the middle of text.
for whole in ("½", "€", "🍕"):
    for kept in range(1, len(whole.encode())):
        INVALID[f"{whole} without its last {len(whole.encode()) - kept}"] = whole.encode()[:kept] + b" "
INVALID["all cut characters together"] = b"\xc2\xe2\x82\xf0\x9f\x8d"

# Whole so far, but the message ends in the middle of a character.
UNFINISHED = [whole.encode()[:kept] for whole in ("½", "€", "🍕", "\U0010ffff") for kept in range(1, len(whole.encode()))]


def may_begin(data: bytes) -> bool:
    """Is there a valid text that begins so? (Python's own decoder sees a surrogate one byte too late.)"""
    for end in (b"", *(bytes([byte]) + b"\x80" * more for byte in (0x80, 0x90, 0xA0) for more in range(3))):
        try:
            (data + end).decode("utf-8")
            return True
        except UnicodeDecodeError:
            continue
    return False


def first_bad(data: bytes) -> int:
    """The place of the first byte that no valid text can have there."""
    return next(at for at in range(len(data)) if not may_begin(data[:at + 1]))


def by_bytes(data: bytes) -> bytes:
    """One frame a byte."""
    last = len(data) - 1
    return b"".join(frame(CONTINUATION if i else TEXT, data[i:i + 1], fin=i == last) for i in range(len(data)))


def echoed(data, payload, chop, c):
    c.raw(data, chop)
    c.expect(TEXT, payload)
    c.bye()


def valid():
    for name, text in VALID.items():
        yield f"6 valid {name}", partial(echoed, frame(TEXT, text), text, None)
        yield f"6 valid {name}, chopped", partial(echoed, frame(TEXT, text), text, 1)
        yield f"6 valid {name}, a frame a byte", partial(echoed, by_bytes(text), text, None)
    empty, end = frame(CONTINUATION, b"", fin=False), frame(CONTINUATION, b"")
    pieces = [frame(TEXT, GREEK[:1], fin=False), empty, frame(CONTINUATION, GREEK[1:], fin=False), empty, end]
    yield "6 empty fragments inside a character", partial(echoed, b"".join(pieces), GREEK, None)
    for chars in itertools.combinations(("a", "½", "€", "🍕"), 3):
        text = "".join(chars).encode()
        for cut in range(1, len(text)):
            data = frame(TEXT, text[:cut], fin=False) + frame(CONTINUATION, text[cut:])
            yield f"6 valid {''.join(chars)} cut at {cut}", partial(echoed, data, text, None)
    filler = b"x" * 4093
    text = (filler + "🍕".encode()) * 4
    yield "6 characters across the server's reads", partial(echoed, frame(TEXT, text), text, 2048)


def refused(data, chop, c):
    c.raw(data, chop)
    c.closed(1007)


def fails_fast(text, c):
    """In a frame that never ends: quiet before the first bad byte, over right after it."""
    at = first_bad(text)
    whole = frame(TEXT, text + b"more to come" * 10)
    bad = len(whole) - len(text) - 120 + at
    c.raw(whole[:bad])
    c.quiet()
    c.raw(whole[bad:bad + 1])
    c.closed(1007)


def fails_fast_in_fragments(text, c):
    """In a message whose last fragment never comes."""
    at = first_bad(text)
    c.send(TEXT, text[:at], fin=False)
    c.quiet()
    c.send(CONTINUATION, text[at:at + 1], fin=False)
    c.closed(1007)


def invalid():
    for name, bad in INVALID.items():
        text = GREEK + bad
        yield f"6 invalid {name}", partial(refused, frame(TEXT, text + b"edited"), None)
        yield f"6 invalid {name}, chopped", partial(refused, frame(TEXT, text), 1)
        yield f"6 invalid {name}, a frame a byte", partial(refused, by_bytes(text), None)
        yield f"6 invalid {name}, fails fast", partial(fails_fast, text)
        yield f"6 invalid {name}, fails fast in fragments", partial(fails_fast_in_fragments, text)
    for cut in UNFINISHED:
        yield f"6 message ends in {cut.hex()}", partial(refused, frame(TEXT, GREEK + cut), None)
        data = frame(TEXT, GREEK + cut, fin=False) + frame(CONTINUATION, b"")
        yield f"6 message ends in {cut.hex()} and an empty fragment", partial(refused, data, None)
        data = frame(TEXT, GREEK + cut, fin=False) + frame(CONTINUATION, b"a", fin=False)
        yield f"6 next fragment does not go on from {cut.hex()}", partial(refused, data, None)


def cases():
    yield from valid()
    yield from invalid()
