# -*- test-case-name: tests.starttls.test_ftp -*-
"""
What FTP's commands and replies are about, as far as that concerns security: which may go on, and
which name a place for data.  Pure; used in the servers.
"""

from __future__ import annotations

import re

from sslpool.starttls.contract import Refusal

ELSEWHERE = (b"ADAT", b"MIC", b"CONF", b"ENC", b"LPRT", b"LPSV", b"CPSV", b"SSCN")
"""
Other ways to protect or to address data, which would go past us.
"""

BEFORE_TLS = (b"FEAT", b"QUIT")
"""
What is passed on where nothing else is before TLS.
"""

KNOWN = frozenset(
    b"ABOR ACCT ALLO APPE AVBL CDUP CLNT COMB CSID CWD DELE DSIZ FEAT HASH HELP HOST LANG LIST MD5 MDTM MFCT MFF MFMT"
    b" MKD MLSD MLST MMD5 MODE NLST NOOP OPTS PASS PRET PWD QUIT RANG REIN REST RETR RMD RMDA RNFR RNTO SITE SIZE SMNT"
    b" STAT STOR STOU STRU SYST THMB TYPE USER XCRC XCUP XCWD XMD5 XMKD XPWD XRMD XSHA XSHA1 XSHA256 XSHA512".split()
)
"""
What is passed on where data has to be secured: IANA's "FTP Commands and Extensions" and what is common
besides, without what opens data connections.  Applications know other names for those, such as vsftpd's P@SW,
and no list of such names is complete.
"""

DURING = (b"ABOR", b"STAT", b"QUIT", b"NOOP")
"""
What a client may say during a transfer (RFC 959 section 4.1.3).
"""

CODES_DURING = (200, 211, 212, 213)
"""
What an application replies to these, but not at the end of a transfer.
"""

ADDRESSED = (b"227", b"228", b"229")
"""
The replies that name a place for data (RFC 959, 1639, 2428).
"""

OPENING = {"PASV": b"227", "EPSV": b"229"}
"""
The one that opens it, by the request that it belongs to.
"""

WORDS = {
    Refusal.INJECTION: b"421 Nothing may follow AUTH, closing control connection\r\n",
    Refusal.UNASKED: b"421 TLS begins after AUTH, closing control connection\r\n",
    Refusal.MALFORMED: b"500 Line too long, closing control connection\r\n",
    Refusal.LATE: b"421 Command not complete in time, closing control connection\r\n",
    Refusal.APPLICATION: b"421 File system out of step, closing control connection\r\n",
    Refusal.GONE: b"421 Service not available, closing control connection\r\n",
    Refusal.UNAVAILABLE: b"",
}
"""
What the client is told when the dialogue is refused.
"""

_HIDDEN = {b"AUTH", b"PBSZ", b"PROT", b"CCC", *ELSEWHERE}
#: A line end within a line: CR is followed by NUL where it is meant (RFC 854).
_LINE_END = re.compile(rb"\r(?!\0)")
#: What else some applications may take for one.
_CONTROL = re.compile(rb"[\0-\x1f\x7f]")
_ADDRESS = re.compile(rb"(?:\A|[\0\r])[^0-9A-Za-z]*22[789](?![0-9])")


def isTwo(command: bytes, strict: bool) -> bool:
    """
    Whether an application may take a command for two.

    @param strict: be there but one application that does.
    """
    return (_CONTROL if strict else _LINE_END).search(command) is not None


def looksAddressed(line: bytes) -> bool:
    """
    Whether a client may take a line for a reply that names a place for data.
    """
    return _ADDRESS.search(line) is not None


def features(code: int, reply: bytes) -> bytes:
    """
    Return the reply to FEAT (RFC 2389) with what there is here, and without what there is not.
    """
    kept = []
    if code == 211:
        for line in reply.splitlines()[1:-1]:
            feature = line.removeprefix(b"211-").strip()
            name = feature.split(maxsplit=1)[0].upper() if feature else b""
            if name and name not in _HIDDEN and not looksAddressed(feature):
                kept.append(feature)
    kept += [b"AUTH TLS", b"PBSZ", b"PROT"]
    return b"211-Features:\r\n%s211 End\r\n" % b"".join(b" %s\r\n" % each for each in kept)
