"""A certificate authority for one run, by the openssl command: for the API server and for webhooks."""
import ipaddress
import subprocess
from pathlib import Path

from .parts import need
from .process import PartFailed

LOOPBACK = ("127.0.0.1", "localhost")
DAYS = 30  # a `make cluster` may stay for long; nothing trusts this authority but the cluster itself
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(*arguments):
    need("openssl", "openssl")
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise PartFailed(f"openssl {arguments[0]} failed: {done.stderr.strip()}")


def signing_key(path):
    """The key by which the API server signs the tokens of service accounts."""
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)  # the one EC form that it reads
    return path


class Authority:
    def __init__(self, folder):
        self._folder = Path(folder)
        self.certificate = self._folder / "ca.crt"
        self._key = self._folder / "ca.key"
        openssl("req", "-x509", *KEY, "-days", DAYS, "-subj", "/CN=meshtrace tests", "-addext",
                "keyUsage=critical,keyCertSign", "-keyout", self._key, "-out", self.certificate)

    def issue(self, name, hosts=LOOPBACK):
        """A server certificate for these hosts; returns the paths of certificate and key."""
        certificate, key = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        names = ",".join(f"{'IP' if _is_address(host) else 'DNS'}:{host}" for host in hosts)
        openssl("req", "-x509", *KEY, "-days", DAYS, "-subj", f"/CN={name}", "-CA", self.certificate, "-CAkey",
                self._key, "-addext", f"subjectAltName={names}", "-addext", "basicConstraints=critical,CA:FALSE",
                "-addext", "extendedKeyUsage=serverAuth", "-keyout", key, "-out", certificate)
        return certificate, key


def _is_address(host):
    try:
        ipaddress.ip_address(host)
        return True
    except ValueError:
        return False
