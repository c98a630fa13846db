"""An authority of our own and certificates that it signed, made with openssl."""

import subprocess
from pathlib import Path

from tests.support.real import program


def certificates_in(folder: Path, **names: str) -> Path:
    """`ca.pem`, and for each file name a certificate (.pem) and key (.key) for that common name; returns the folder."""

    def run(*words: str) -> None:
        subprocess.run([program("openssl"), *words], cwd=folder, check=True, capture_output=True)

    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
        "-subj", "/CN=test authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
    for name, common in names.items():
        (folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{common}\n")
        run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", f"/CN={common}")  # fmt: skip
        run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", f"{name}.ext", "-out", f"{name}.pem")  # fmt: skip
    return folder
