"""A certificate for localhost, made by openssl."""

import os
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

KEY, SHOWN = "key.pem", "shown.pem"  # the files


def certified(folder: Path, days: int) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side and the side of somebody who trusts it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, so no certificate can be made")
    key, shown = folder / KEY, folder / SHOWN
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", str(key), "-out", str(shown), "-days", str(days), "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(shown, key)
    return server, ssl.create_default_context(cafile=str(shown))
