"""A WebSocket client that does what it is told, right or wrong: bytes, frames, masks and lengths as the case wants them."""
import base64
import hashlib
import os
import socket
import struct
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
PATIENCE = 20  # seconds; far beyond what an answer takes, so that only a missing one runs into it
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Wrong(AssertionError):
    """The program did something else than the case demands."""


def check(truth, what):
    if not truth:
        raise Wrong(what)


@dataclass(frozen=True)
class Frame:
    fin: bool
    rsv: int
    opcode: int
    payload: bytes


def masked(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")


def frame(opcode, payload=b"", fin=True, rsv=0, mask=None, length=None) -> bytes:
    """The bytes of a client's frame. `mask` b"" sends it unmasked; `length` chooses another form: 7, 16 or 64 bits."""
    size = len(payload)
    bits = length or (7 if size < 126 else 16 if size < 65536 else 64)
    marked = 0 if mask == b"" else 0x80
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    head += (bytes([marked | size]) if bits == 7 else bytes([marked | 126]) + struct.pack(">H", size) if bits == 16
             else bytes([marked | 127]) + struct.pack(">Q", size))
    if not marked:
        return head + payload
    mask = os.urandom(4) if mask is None else mask
    return head + mask + masked(payload, mask)


def close_body(code, reason=b"") -> bytes:
    return struct.pack(">H", code) + reason


class Client:
    """One connection. Every expectation that fails raises Wrong. `opening` is sent instead of a good handshake."""

    def __init__(self, port, offers=None, path="/ws/echo", early=b"", opening=None):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.extensions = ""
        if opening is None:
            self.shake_hands(port, offers, path, early)
        else:
            self.raw(opening)

    def shake_hands(self, port, offers, path, early):
        key = base64.b64encode(os.urandom(16))
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: keep-alive, Upgrade",
                 "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + key.decode()]
        if offers is not None:
            lines.append("Sec-WebSocket-Extensions: " + offers)
        self.raw("\r\n".join(lines).encode() + b"\r\n\r\n" + early)
        status, headers = self.answer()
        check(status == 101, f"the handshake was answered {status}")
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        check(headers.get("sec-websocket-accept") == accept, "Sec-WebSocket-Accept is wrong")
        check(offers is not None or "sec-websocket-extensions" not in headers, "an extension that nobody offered")
        self.extensions = headers.get("sec-websocket-extensions", "")

    def answer(self):
        """Status and headers of the answer to a handshake."""
        while b"\r\n\r\n" not in self.buffer:
            check(self.more(), "the connection ended before the handshake was answered")
        head, _, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        self.buffer = bytearray(rest)
        first, *lines = head.decode("latin-1").split("\r\n")
        return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def raw(self, data, chop=None):
        """All at once, or in pieces of `chop` bytes that the kernel sends one by one."""
        if chop is None:
            return self.socket.sendall(data)
        for at in range(0, len(data), chop):
            self.socket.sendall(data[at:at + chop])

    def send(self, opcode, payload=b"", chop=None, **how):
        self.raw(frame(opcode, payload, **how), chop)

    def more(self) -> bool:
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:
            data = b""
        except TimeoutError:
            raise Wrong(f"nothing came within {PATIENCE} s") from None
        self.buffer += data
        return bool(data)

    def take(self, count) -> bytes:
        while len(self.buffer) < count:
            if not self.more():
                return b""
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def frame(self):
        """The next frame, None at the end. A server never masks, and uses the shortest length."""
        head = self.take(2)
        if not head:
            check(not self.buffer, "the connection ended in the middle of a frame")
            return None
        check(not head[1] & 0x80, "the server masked a frame")
        size = head[1]
        if size == 126:
            size, = struct.unpack(">H", self.take(2))
            check(size > 125, "a length that is not in its shortest form")
        elif size == 127:
            size, = struct.unpack(">Q", self.take(8))
            check(size > 65535, "a length that is not in its shortest form")
        payload = self.take(size)
        check(len(payload) == size, "the connection ended in the middle of a frame")
        return Frame(bool(head[0] & 0x80), head[0] >> 4 & 7, head[0] & 15, payload)

    def expect(self, opcode, payload, rsv=0):
        """The next thing is this message, or this control frame; a message may come in fragments."""
        got = self.frame()
        check(got is not None, f"the connection ended instead of opcode {opcode}")
        check(got.opcode == opcode, f"opcode {got.opcode} {got.payload[:40]!r} instead of {opcode}")
        check(got.rsv == rsv, f"reserved bits {got.rsv}")
        parts, last = [got.payload], got
        while not last.fin:
            last = self.frame()
            check(last is not None and last.opcode == CONTINUATION and last.rsv == 0, "a fragment is missing")
            parts.append(last.payload)
        whole = b"".join(parts)
        check(whole == payload, f"{len(whole)} bytes {whole[:40]!r} instead of {len(payload)} bytes {payload[:40]!r}")

    def quiet(self, seconds=0.04):
        """Nothing comes for a moment, and the connection stays."""
        check(not self.buffer, f"unexpected bytes: {bytes(self.buffer[:40])!r}")
        self.socket.settimeout(seconds)
        try:
            data = self.socket.recv(1)
            raise Wrong("the connection ended" if not data else f"unexpected byte {data!r}")
        except TimeoutError:
            pass
        finally:
            self.socket.settimeout(PATIENCE)

    def closed(self, *codes):
        """The next thing is a close frame with one of these codes (None: without), then the connection ends."""
        got = self.frame()
        check(got is not None, f"the connection ended without a close frame ({codes})")
        check(got.opcode == CLOSE and got.fin and got.rsv == 0, f"opcode {got.opcode} {got.payload[:40]!r} instead of a close")
        check(len(got.payload) != 1 and len(got.payload) <= 125, "a malformed close frame")
        code = struct.unpack(">H", got.payload[:2])[0] if got.payload else None
        got.payload[2:].decode("utf-8")
        check(code in codes, f"close code {code} instead of {codes}")
        check(self.frame() is None, "something follows the close frame")
        self.socket.close()

    def bye(self):
        """A clean end from this side."""
        self.send(CLOSE, close_body(1000))
        self.closed(1000)

    def gone(self):
        """The connection ends, with or without a close frame, within the patience."""
        while self.frame() is not None:
            pass
        self.socket.close()
