"""The log as its readers get it: Server-Sent Events and long polls."""
import json

from .server import Server
from .socket import connect


class Ended(OSError):
    """The stream ended, or never began: the answer's status and text."""

    def __init__(self, status, text=""):
        super().__init__(f"{status} {text}")
        self.status, self.text = status, text


class Stream:
    """GET /daybook/stream, from behind `after` (epoch:seq). `hear` gives the next event, comments left out."""

    def __init__(self, server: Server, after="", timeout=10, receive_buffer=None):
        self.connection = server.connection(timeout)
        self.connection.sock = self.tcp = connect(server.port, timeout, receive_buffer, server.tls)
        headers = {"Authorization": "Bearer " + server.token}
        if after:
            headers["Last-Event-ID"] = after
        try:
            self.connection.request("GET", "/api/v1/daybook/stream", headers=headers)
            self.answer = self.connection.getresponse()
            if self.answer.status != 200:
                raise Ended(self.answer.status, self.answer.read().decode())
        except BaseException:
            self.cut()
            raise

    def hear(self):
        """(id, event, data)"""
        fields = {}
        while True:
            line = self.answer.readline()
            if not line:
                raise Ended(200)
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name and not name.startswith(":"):
                fields[name] = value
            elif not name and fields:
                return fields.get("id", ""), fields["event"], json.loads(fields["data"])

    def cut(self):
        self.connection.close()
        self.tcp.close()
