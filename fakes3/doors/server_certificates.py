"""Certificates for servers with TLS, made when a server starts, by an authority that only whoever tests trusts.

The key of the authority never leaves the process, so nobody else can make certificates that its clients trust. A
client that asks for a name gets a certificate for just that name: buckets have dots, and no wildcard covers a dot.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from fakes3.model.errors import UsageError

_LASTS = timedelta(days=397)
"""How long certificates are valid. Some clients take none that is valid for much longer than a year."""

_DAY = timedelta(days=1)
_IS_NAME = re.compile(r"[a-z0-9_.-]{1,253}", re.IGNORECASE).fullmatch
_OF_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_NAMES_KEPT = 256


class Authority:
    """Who signs the certificates of one server.

    Raises: UsageError, where the package that makes certificates is not installed.
    """

    def __init__(self) -> None:
        try:
            from cryptography import x509
            from cryptography.hazmat.primitives.asymmetric import ec
        except ImportError:
            raise UsageError(
                "TLS needs certificates, and the package cryptography, which makes them, is not installed. "
                'Run: pip install "fakes3[server]"'
            ) from None
        self._x509: Any = x509
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._server_key = ec.generate_private_key(ec.SECP256R1())
        self._now = _time_outside()
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"fakes3 of process {os.getpid()}")])
        public = self._key.public_key()
        usage = x509.KeyUsage(
            **dict.fromkeys(_OTHER_USES, False), digital_signature=True, key_cert_sign=True, crl_sign=True
        )
        self._certificate = self._sign(
            self._name,
            public,
            (x509.BasicConstraints(ca=True, path_length=0), True),
            (usage, True),
            (x509.SubjectKeyIdentifier.from_public_key(public), False),
        )
        self.context_for = lru_cache(maxsize=_NAMES_KEPT)(self._make_context)

    @property
    def pem(self) -> bytes:
        """The certificate of the authority, which clients are to trust."""
        return _pem(self._certificate)

    def context(self, host: str = "localhost") -> ssl.SSLContext:
        """Return the context of a server on this machine that listens at a host. Clients may ask it for any name."""
        return self.context_for(*dict.fromkeys((host, *_OF_THIS_MACHINE)))

    def _make_context(self, *names: str) -> ssl.SSLContext:
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        context.sni_callback = self._choose
        key = self._server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with TemporaryDirectory() as folder:  # which nobody else may enter; a context reads files only
            path = Path(folder) / "certificate.pem"
            path.write_bytes(key + _pem(self._issue(names)))
            context.load_cert_chain(path)
        return context

    def _choose(self, socket: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        """Go over to the certificate for the name that a client asks for."""
        if name is not None and name != "localhost" and _IS_NAME(name):
            socket.context = self.context_for(name.lower())

    def _issue(self, names: Iterable[str]) -> Any:
        """Return a certificate for names and addresses."""
        x509, public = self._x509, self._server_key.public_key()
        authority = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        return self._sign(
            x509.Name([]),
            public,
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (x509.SubjectAlternativeName(list(map(self._general_name, names))), True),  # since it has no other name
            (x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.SubjectKeyIdentifier.from_public_key(public), False),
            (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority), False),
        )

    def _general_name(self, name: str) -> Any:
        try:
            return self._x509.IPAddress(ip_address(name))
        except ValueError:
            return self._x509.DNSName(name)

    def _sign(self, subject: Any, public: Any, *extensions: tuple[Any, bool]) -> Any:
        from cryptography.hazmat.primitives.hashes import SHA256

        made = self._x509.CertificateBuilder().issuer_name(self._name).subject_name(subject).public_key(public)
        made = made.serial_number(self._x509.random_serial_number())
        made = made.not_valid_before(self._now - _DAY).not_valid_after(self._now + _LASTS)
        for extension, is_critical in extensions:
            made = made.add_extension(extension, critical=is_critical)
        return made.sign(self._key, SHA256())


_OTHER_USES = (
    *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("encipher_only", "decipher_only"),
)


def _pem(certificate: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    pem: bytes = certificate.public_bytes(Encoding.PEM)
    return pem


def _time_outside() -> datetime:
    """Return the time that other processes see: that of a new file, which no mock of the time in this process moves."""
    with TemporaryFile() as file:
        return datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)


@contextmanager
def published(ca_file: str | None = None) -> Iterator[tuple[Authority, str]]:
    """Give an authority, and the path of the file with its certificate, which clients are to trust.

    Args:
        ca_file: Where the certificate is written. If absent, a temporary file, which is removed afterwards.

    Raises: UsageError, where the file cannot be written, or the package that makes certificates is not installed.
    """
    authority = Authority()
    with TemporaryDirectory(prefix="fakes3-") as folder:
        path = Path(folder, "ca.pem") if ca_file is None else Path(ca_file)
        try:
            path.write_bytes(authority.pem)
        except OSError as error:
            raise UsageError(
                f"The certificate cannot be written to {ca_file!r} ({error}). Give --ca-file a path in a folder "
                "that is there."
            ) from None
        yield authority, str(path)
