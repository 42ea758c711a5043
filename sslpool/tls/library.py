# -*- test-case-name: tests.tls.test_library -*-
"""
What is said of the TLS library itself, and to it before it begins.  Servers; the stack process.
"""

from __future__ import annotations

import os

from OpenSSL import SSL

NO_TICKETS = b"""\
openssl_conf = library
[library]
ssl_conf = contexts
[contexts]
system_default = each
[each]
NumTickets = 0
"""
"""
Settings (config(5ssl)) with which no context gives tickets of TLS 1.3: there is no call for that in pyOpenSSL.
"""


def settingsFor(cacheLife: int) -> bytes:
    """
    Return the settings with which the library is to begin in agent and servers: with CACHELIFE 0, no ticket could be
    used.  Empty where the library's own are right, or nobody is to replace them, since its maker has made some.
    """
    folder = SSL.OpenSSL_version(SSL.OPENSSL_DIR).decode("utf-8", "replace").partition('"')[2].rstrip('"')
    return b"" if cacheLife or os.path.exists(os.path.join(folder, "openssl.cnf")) else NO_TICKETS


def libraryName() -> str:
    """
    Return name and version of the TLS library, such as C{OpenSSL 4.0.3 29 Sep 2026}.
    """
    return SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode("ascii")


ENTRY, EXIT, ERROR, INFO = 0x01, 0x02, 0x04, 0x08
"""
Bits of a System SSL trace mask (GSKTRACE).
"""


def libraryEvent(mask: int, connection: SSL.Connection, where: int, code: int) -> str:
    """
    Return what the library tells with a call of its information callback (OpenSSL's
    SSL_CTX_set_info_callback(3)), as far as C{mask} asks for it; or an empty text.
    """
    state = connection.get_state_string().decode("ascii", "replace")
    if where & SSL.SSL_CB_ALERT:
        way = "received" if where & SSL.SSL_CB_READ else "sent"
        level = "fatal" if code >> 8 == 2 else "warning"
        return f"alert {way}: {level} {code & 0xFF}, in state {state}" if mask & ERROR else ""
    if where & SSL.SSL_CB_HANDSHAKE_START:
        return "handshake begins" if mask & ENTRY else ""
    if where & SSL.SSL_CB_HANDSHAKE_DONE:
        return "handshake complete" if mask & EXIT else ""
    if where & SSL.SSL_CB_EXIT:
        if code <= 0 and mask & ERROR and state == "error":
            return "leaves the handshake in error"
        return f"leaves the handshake in state {state}" if mask & EXIT else ""
    return f"state {state}" if mask & INFO and where & SSL.SSL_CB_LOOP else ""
