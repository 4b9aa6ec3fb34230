"""Certificates made on the spot, by the system's openssl."""
import os
import pathlib
import ssl
import subprocess


def make(folder: pathlib.Path, name: str, days=30, addresses=("127.0.0.1",)):
    """A key and a certificate that it signs itself, for localhost and these addresses: (certificate, key) in PEM files."""
    names = ",".join(["DNS:localhost", *(f"IP:{a}" for a in addresses)])
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", str(days), "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}",
                    "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


def replace(source, target):
    """As whoever renews does it: written beside, then renamed."""
    for old, new in zip(source, target):
        beside = new.with_suffix(new.suffix + ".new")
        beside.write_bytes(old.read_bytes())
        os.replace(beside, new)


def trusting(*certificates) -> ssl.SSLContext:
    context = ssl.create_default_context()
    for certificate in certificates:
        context.load_verify_locations(certificate)
    return context
