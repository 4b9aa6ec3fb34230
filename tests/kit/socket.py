"""A WebSocket client (RFC 6455) that can also misbehave: frames of any kind, cut connections, a reader that stops."""
import base64
import hashlib
import json
import os
import socket
import struct

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Closed(OSError):
    """The server closed the socket: its code, 1006 where the connection ended without one."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed with {code} {reason}")
        self.code, self.reason = code, reason


class Refused(OSError):
    """The handshake was answered with an ordinary response."""

    def __init__(self, status, text):
        super().__init__(f"{status} {text}")
        self.status, self.text = status, text


def connect(port, timeout=10, receive_buffer=None, tls=None) -> socket.socket:
    s = socket.socket()
    s.settimeout(timeout)
    if receive_buffer:  # before connecting: the window that is offered never grows beyond it
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    s.connect(("127.0.0.1", port))
    return tls.wrap_socket(s, server_hostname="127.0.0.1") if tls else s


def frame(opcode, payload=b"", fin=True, mask=True, reserved=0) -> bytes:
    """A client's frame; with mask=False or reserved bits, one that no client may send."""
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    flag = 0x80 if mask else 0
    if len(payload) < 126:
        head += bytes([flag | len(payload)])
    elif len(payload) < 65536:
        head += bytes([flag | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([flag | 127]) + struct.pack(">Q", len(payload))
    if not mask:
        return head + payload
    key = os.urandom(4)
    whole = (key * (len(payload) // 4 + 1))[:len(payload)]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")
    return head + key + masked.to_bytes(len(payload), "big")


class Socket:
    """One connection: `say` sends a JSON message, `hear` gives the next one and answers pings meanwhile."""

    def __init__(self, port, path, token=None, timeout=10, receive_buffer=None, tls=None):
        self.tcp = connect(port, timeout, receive_buffer, tls)
        self.bytes = bytearray()
        try:
            self._shake_hands(path, token)
        except BaseException:
            self.tcp.close()
            raise

    def _shake_hands(self, path, token):
        key = base64.b64encode(os.urandom(16))
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key.decode()}", "Sec-WebSocket-Version: 13"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        self.tcp.sendall("\r\n".join(lines + ["", ""]).encode())
        while b"\r\n\r\n" not in self.bytes:
            self._receive()
        head, _, rest = bytes(self.bytes).partition(b"\r\n\r\n")
        status = int(head.split()[1])
        if status != 101:
            raise Refused(status, rest.decode("utf-8", "replace"))
        self.bytes = bytearray(rest)
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        assert b"sec-websocket-accept: " + accept.lower() in head.lower(), head

    def _receive(self):
        piece = self.tcp.recv(65536)
        if not piece:
            raise Closed(1006)
        self.bytes += piece

    def _take(self, count) -> bytes:
        while len(self.bytes) < count:
            self._receive()
        taken = bytes(self.bytes[:count])
        del self.bytes[:count]
        return taken

    def raw(self, data: bytes):
        self.tcp.sendall(data)

    def say(self, message: dict):
        self.raw(frame(TEXT, json.dumps(message).encode()))

    def hear_frame(self):
        """The next frame of the server: (opcode, payload). A server masks nothing and fragments nothing."""
        first, second = self._take(2)
        assert first & 0xF0 == 0x80, f"not a whole frame without extensions: {first:#x}"
        assert not second & 0x80, "a server must not mask"
        size = second & 0x7F
        if size == 126:
            size = struct.unpack(">H", self._take(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self._take(8))[0]
        return first & 0xF, self._take(size)

    def hear(self) -> dict:
        """The next message. Closed when there is none any more, TimeoutError when none comes."""
        while True:
            opcode, payload = self.hear_frame()
            if opcode == PING:
                self.raw(frame(PONG, payload))
            elif opcode == CLOSE:
                code = struct.unpack(">H", payload[:2])[0] if payload else 1005
                raise Closed(code, payload[2:].decode())
            elif opcode == TEXT:
                return json.loads(payload.decode("utf-8"))

    def closed(self) -> int:
        """Reads on until the server closes; with which code."""
        try:
            while True:
                self.hear()
        except Closed as end:
            return end.code
        except ConnectionError:
            return 1006

    def cut(self):
        """As a cable that is pulled: no close frame, and what was not read yet is lost."""
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.tcp.close()
