# -*- test-case-name: tests.keydb.test_foreignfiles -*-
"""
Files of other programs that hold nothing that can be read here: what they are, and what to do with them.  Pure;
any process.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from sslpool.keydb.keykinds import Kind

_REDUCED = (
    "export it as PKCS #12 with 'keytool -importkeystore -srckeystore FILE -srcstoretype {kind} -destkeystore FILE.p12 "
    "-deststoretype PKCS12', and use that file"
)


@frozen
class ForeignFile:
    """
    A kind of file.

    @ivar what: what it is.
    @ivar step: what to do, in a sentence that begins in lowercase.
    """

    what: str
    step: str


_GSKIT = ForeignFile(
    "a GSKit key database",
    "export it as PKCS #12 with 'gsk8capicmd_64 -cert -export -db FILE.kdb -stashed -label LABEL -target FILE.p12 "
    "-target_type pkcs12', and use that file",
)
_OURS = ForeignFile(
    "a gskkyman key database", "name it in --database; 'gskkyman export --with-key' writes its entries as PKCS #12"
)
_TEXT16 = ForeignFile("text in UTF-16", "convert it to UTF-8 with 'iconv -f UTF-16 -t UTF-8 FILE'")
_REQUEST = ForeignFile(
    "a certificate request", "have an authority sign it (see 'gskkyman sign'), and import the resulting certificate"
)
_SSH_PRIVATE = ForeignFile(
    "an SSH private key",
    "convert a copy to PKCS #8 with 'ssh-keygen -p -m PKCS8 -f COPY', and import it with its certificate",
)
_SSH_PUBLIC = ForeignFile("an SSH public key", "SSH has no TLS certificates; name the file with the certificate")
_PGP = ForeignFile("a PGP message or key", "TLS does not use PGP keys; name the file with the certificate")
_PUBLIC_KEY = ForeignFile(
    "only a public key", "name the file with the certificate, which holds the public key, and the private key"
)
_PARAMETERS = ForeignFile("only parameters", "name the file with the certificate")
_MESSAGE = ForeignFile(
    "a signed or encrypted message (CMS)", "ask for the certificate as PEM; 'openssl cms' shows what this file holds"
)
_MARKUP = ForeignFile(
    "a page of HTML or XML", "the download probably failed; look at the file in a browser, and download it again"
)
_JSON = ForeignFile("JSON", "it describes a certificate or an error; name the file with the certificate")
_ARCHIVE = ForeignFile("an archive (ZIP or gzip)", "unpack it, and use the files in it")

_BEGINNINGS = {
    b"\xfe\xed\xfe\xed": ForeignFile("a Java keystore (JKS)", _REDUCED.format(kind="JKS")),
    b"\xce\xce\xce\xce": ForeignFile("a Java keystore (JCEKS)", _REDUCED.format(kind="JCEKS")),
    b"\x37\x48\x03\x02": _GSKIT,
    b"SQLite format 3\0": _OURS,
    b"\xff\xfe": _TEXT16,
    b"\xfe\xff": _TEXT16,
    b"-\0-\0": _TEXT16,
    b"\0-\0-": _TEXT16,
    b"PuTTY-User-Key-File-": ForeignFile(
        "a PuTTY private key",
        "convert it to OpenSSH with 'puttygen FILE -O private-openssh -o COPY', then to PKCS #8 with 'ssh-keygen -p -m "
        "PKCS8 -f COPY', and import it with its certificate",
    ),
    b"---- BEGIN SSH2 PUBLIC KEY": _SSH_PUBLIC,
    b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY": _SSH_PRIVATE,
    b"ssh-": _SSH_PUBLIC,
    b"ecdsa-sha2-": _SSH_PUBLIC,
    b"sk-ssh-": _SSH_PUBLIC,
    b"PK\x03\x04": _ARCHIVE,
    b"\x1f\x8b": _ARCHIVE,
    b"<": _MARKUP,
    b"{": _JSON,
}
"""
How such files begin.
"""

_PARTS = {
    b"OPENSSH PRIVATE KEY": _SSH_PRIVATE,
    b"CERTIFICATE REQUEST": _REQUEST,
    b"NEW CERTIFICATE REQUEST": _REQUEST,
    b"PUBLIC KEY": _PUBLIC_KEY,
    b"RSA PUBLIC KEY": _PUBLIC_KEY,
    b"CMS": _MESSAGE,
    b"PKCS7": _MESSAGE,
    b"DH PARAMETERS": _PARAMETERS,
    b"EC PARAMETERS": _PARAMETERS,
    b"DSA PARAMETERS": _PARAMETERS,
}
"""
The names of parts of PEM.
"""

_KINDS = {
    Kind.REQUEST: _REQUEST,
    Kind.PUBLIC_KEY: _PUBLIC_KEY,
    Kind.MESSAGE: _MESSAGE,
    Kind.PKCS7: _MESSAGE,
    Kind.RESPONSE: ForeignFile(
        "an OCSP response", "put it beside the key file, under the name in docs/tls.md; it is not imported"
    ),
}
"""
What DER may be.
"""


def foreignFileIn(data: bytes) -> ForeignFile | None:
    """
    Return whose file begins like C{data}; C{None} where nobody's is known.
    """
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    found = (each for start, each in _BEGINNINGS.items() if data.startswith(start) or text.startswith(start))
    return next(found, None)


def foreignFileAmong(parts: Iterable[tuple[bytes, Kind]]) -> ForeignFile | None:
    """
    Return what the parts of a file are of which none can be used.

    @param parts: what each is called, and what it is.
    """
    for name, kind in parts:
        if name.startswith(b"PGP "):
            return _PGP
        if found := _KINDS.get(kind) or _PARTS.get(name):
            return found
    return None
