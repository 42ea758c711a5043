# -*- test-case-name: tests.keydb.test_labels -*-
"""
Which labels a key database accepts.  Pure; any process.

z/VM's tool took any label and left it to the operator that servers can
only use some (System SSL: at most eight upper-case alphanumerics); ours says so.
"""

from __future__ import annotations

import re

from sslpool.messages import operatorError

DEFAULT_LABEL = "DEFAULT"
"""
The label of a credential whose source has no labels.
"""

_KEY_LABEL = re.compile(r"[A-Z0-9]{1,8}\Z")
_LONGEST = 127


def isKeyLabel(label: str) -> bool:
    """
    Whether C{label} may name a certificate with a private key: 1 to 8 of A-Z and 0-9.
    """
    return _KEY_LABEL.match(label) is not None


def isCertificateLabel(label: str) -> bool:
    """
    Whether C{label} may name a certificate without a private key: 1 to 127
    printable characters of any case, without blanks at either end.
    """
    return 0 < len(label) <= _LONGEST and label.isprintable() and label == label.strip()


def checkKeyLabel(label: str) -> None:
    """
    @raise sslpool.messages.OperatorError: SSLP330E, not L{isKeyLabel}.
    """
    if not isKeyLabel(label):
        raise operatorError("SSLP330E", label=label)


def checkCertificateLabel(label: str) -> None:
    """
    @raise sslpool.messages.OperatorError: SSLP331E, not L{isCertificateLabel}.
    """
    if not isCertificateLabel(label):
        raise operatorError("SSLP331E", label=label)
