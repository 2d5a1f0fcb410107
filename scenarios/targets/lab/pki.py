"""A throw-away PKI: a root, an intermediate below it, and certificates of both ends below that.

Files in the state directory's pki/: root.pem, sub.pem, and for each kind of key KIND in rsa, ecdsa, ed25519 and each end
E in dut, harness: E-KIND.pem, E-KIND.key, and E-KIND-chain.pem, which has the intermediate behind the certificate.
"""

import secrets
import subprocess
from pathlib import Path

from outcome import USAGE, Ended

KEYS = {
    "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ecdsa": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "ed25519": ["-algorithm", "ED25519"],
}
CA = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash"]
# RFC 4945 section 5.1.3: digitalSignature; ipsecIKE where there is an extended key usage at all (serverAuth and clientAuth
# are for EAP-TLS); the identity stands as dNSName (section 3.1.2).
END = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
       "extendedKeyUsage=serverAuth,clientAuth,1.3.6.1.5.5.7.3.17", "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid"]
DAYS = "30"


def openssl(*arguments: str, text: str = "") -> None:
    done = subprocess.run(["openssl", *arguments], input=text, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Ended(USAGE, f"openssl {' '.join(arguments)}: {done.stdout.strip()}")


class Pki:
    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)

    def file(self, name: str) -> Path:
        return self.folder / name

    def _key(self, name: str, kind: str) -> None:
        openssl("genpkey", *KEYS[kind], "-out", str(self.file(name + ".key")))
        self.file(name + ".key").chmod(0o600)

    def _sign(self, name: str, subject: str, extensions: "list[str]", by: str) -> None:
        request, wanted = self.file(name + ".csr"), self.file(name + ".ext")
        openssl("req", "-new", "-key", str(self.file(name + ".key")), "-subj", subject, "-out", str(request))
        wanted.write_text("\n".join(extensions) + "\n")
        openssl("x509", "-req", "-in", str(request), "-CA", str(self.file(by + ".pem")), "-CAkey",
                str(self.file(by + ".key")), "-set_serial", "0x" + secrets.token_hex(8), "-days", DAYS, "-sha256",
                "-extfile", str(wanted), "-out", str(self.file(name + ".pem")))
        request.unlink()
        wanted.unlink()

    def make_authorities(self) -> None:
        self._key("root", "ecdsa")
        extensions = [word for extension in CA for word in ("-addext", extension)]
        openssl("req", "-x509", "-new", "-key", str(self.file("root.key")), "-subj", "/O=ikevet lab/CN=root",
                "-days", DAYS, *extensions, "-out", str(self.file("root.pem")))
        self._key("sub", "ecdsa")
        self._sign("sub", "/O=ikevet lab/CN=intermediate", CA + ["authorityKeyIdentifier=keyid"], "root")

    def make_end(self, end: str, kind: str) -> None:
        name = f"{end}-{kind}"
        self._key(name, kind)
        self._sign(name, f"/O=ikevet lab/CN={end}.test", END + [f"subjectAltName=DNS:{end}.test"], "sub")
        self.file(name + "-chain.pem").write_text(self.file(name + ".pem").read_text() +
                                                  self.file("sub.pem").read_text())


def make(folder: Path, kinds: "list[str]") -> Pki:
    pki = Pki(folder)
    if kinds:
        pki.make_authorities()
    for kind in kinds:
        for end in ("dut", "harness"):
            pki.make_end(end, kind)
    return pki
