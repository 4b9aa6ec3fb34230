"""A real mail server (Debian's python3-aiosmtpd), as a process: `smtp_server.py FOLDER [CERTIFICATE KEY] [--auth USER:PASSWORD]`.

Prints its port. Each letter becomes a file of FOLDER: a line of JSON with the envelope, then the bytes as they came.
With a certificate it offers STARTTLS and demands it before a password.
"""
import argparse
import asyncio
import itertools
import json
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Keeper:
    def __init__(self, folder):
        self.folder, self.numbers = folder, itertools.count(1)

    async def handle_DATA(self, server, session, envelope):
        head = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "hello": session.host_name, "tls": session.ssl is not None,
                "authenticated": session.authenticated}
        beside = self.folder / "new"
        beside.write_bytes(json.dumps(head).encode() + b"\n" + envelope.original_content)
        beside.rename(self.folder / f"{next(self.numbers)}.eml")
        return "250 2.0.0 kept"


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("pair", nargs="*")
    parser.add_argument("--auth", default="")
    args = parser.parse_args()
    context = None
    if args.pair:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*args.pair)
    keeper = Keeper(args.folder)

    def judge(_server, _session, _envelope, _mechanism, given):
        return AuthResult(success=b":".join((given.login, given.password)).decode() == args.auth, handled=False)

    def smtp():
        return SMTP(keeper, hostname="mail.example", tls_context=context, require_starttls=bool(context and args.auth),
                    authenticator=judge if args.auth else None, auth_required=bool(args.auth), auth_require_tls=bool(context),
                    loop=asyncio.get_running_loop())

    server = await asyncio.get_running_loop().create_server(smtp, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
    sys.exit(0)
