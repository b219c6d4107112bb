"""TLS contexts from the options that libpq and MySQL's clients put into a URL."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from asa.errors import ConfigurationError

__all__ = ["TlsFiles", "context_for"]


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The files and limits that a URL names for TLS; empty where it names none.

    Attributes:
        root: Authorities to trust: a file, a directory, or `system`.
        certificate: This client's own certificate.
        key: Its key, where that is another file.
        password: What the key is encrypted with.
        revoked: List of revoked certificates.
        minimum: Lowest TLS version, `TLSv1.2`.
        maximum: Highest TLS version.
    """

    root: str = ""
    certificate: str = ""
    key: str = ""
    password: str = ""
    revoked: str = ""
    minimum: str = ""
    maximum: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is named."""
        return self != TlsFiles()


def context_for(mode: str, files: TlsFiles) -> ssl.SSLContext:
    """Return the TLS context of a libpq mode from `require` upwards.

    As in libpq, `require` verifies the chain where a root is named and nothing otherwise.

    Raises:
        ConfigurationError: A file is missing or cannot be used, or a version is unknown.
    """
    for name in ("root", "certificate", "key", "revoked"):
        file = getattr(files, name)
        if file and file != "system" and not Path(file).exists():
            raise ConfigurationError(
                f"the URL's TLS {name} file is not there: {file}", "correct the path in the URL"
            )
    try:
        return loaded(mode, files)
    except (ssl.SSLError, OSError) as error:
        reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
        raise ConfigurationError(
            f"the URL's TLS files cannot be used: {str(reason).replace('_', ' ').lower()}",
            "they must be PEM files, and the key must belong to the certificate",
        ) from None


def loaded(mode: str, files: TlsFiles) -> ssl.SSLContext:
    """Return the context with all files loaded."""
    named_root = files.root if files.root != "system" else ""
    directory = named_root if named_root and Path(named_root).is_dir() else None
    # As libpq and asyncpg make it: Python 3.13's default context refuses private authorities
    # that every client accepts.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if named_root:
        file = named_root if directory is None else None
        context.load_verify_locations(cafile=file, capath=directory)
    else:
        context.load_default_certs()
    context.check_hostname = mode == "verify-full"
    if mode == "require" and not files.root:
        context.verify_mode = ssl.CERT_NONE
    if files.certificate:
        # A callable, since OpenSSL would ask at the terminal for a missing password.
        context.load_cert_chain(
            files.certificate, files.key or None, password=lambda: files.password
        )
    if files.revoked:
        context.load_verify_locations(cafile=files.revoked)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    if files.minimum:
        context.minimum_version = version(files.minimum)
    if files.maximum:
        context.maximum_version = version(files.maximum)
    return context


def version(text: str) -> ssl.TLSVersion:
    """Return the TLS version that libpq writes `TLSv1.2`.

    Raises:
        ConfigurationError: There is no such version.
    """
    try:
        return ssl.TLSVersion[text.replace(".", "_")]
    except KeyError:
        raise ConfigurationError(
            f'there is no TLS version "{text}"', "use TLSv1.2 or TLSv1.3"
        ) from None
