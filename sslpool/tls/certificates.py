# -*- test-case-name: tests.tls.test_certificates -*-
"""
Certificates and keys of a context.  Servers.

A context has one certificate of each kind of key, each with a chain of its own, and the
library chooses what the client can use.
"""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from sslpool.keydb.records import Credential
from sslpool.messages import operatorError


def useCredential(context: SSL.Context, credential: Credential) -> None:
    """
    Add a certificate, its chain and its key to C{context}, which is not yet in use.

    @raise sslpool.messages.OperatorError: the library does not accept it.
    """
    chain = b"".join(each.public_bytes(Encoding.PEM) for each in (credential.certificate, *credential.chain))
    # Only what comes from a file becomes the chain of this certificate alone; this one never leaves memory.
    descriptor = os.memfd_create("chain")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(chain)
        context.use_certificate_chain_file(f"/proc/self/fd/{descriptor}")
        context.use_privatekey(credential.key)
        context.check_privatekey()
    except SSL.Error as error:
        raise operatorError("SSLP130E", label=credential.label, reason=reasonOf(error)) from error
    finally:
        os.close(descriptor)


def reasonOf(error: SSL.Error) -> str:
    """
    Return OpenSSL's own words for what went wrong.
    """
    queue = error.args[0] if error.args else []
    return "; ".join(entry[2] for entry in queue if len(entry) > 2 and entry[2]) or "unknown reason"
