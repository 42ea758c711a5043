# -*- test-case-name: tests.keydb.test_pairs -*-
"""
Certificates and private keys in two files: which file beside one holds its key.  Any process.
"""

from __future__ import annotations

import os

from sslpool.messages import OperatorError, operatorError

_NAMES = ("privkey.pem", "{stem}.key", "{stem}-key.pem", "{stem}.key.pem", "key.pem")
"""
How certbot and dehydrated, lego and Caddy, mkcert and cfssl, and people by hand call the file with the key.
"""


def keyBeside(path: str) -> str:
    """
    Return the name of the file that by its name has the private key for the certificate in C{path}; empty where
    there is none.
    """
    folder, name = os.path.split(path)
    stem = os.path.splitext(name)[0]
    candidates = (os.path.join(folder, each.format(stem=stem)) for each in _NAMES)
    return next((each for each in candidates if each != path and os.path.isfile(each)), "")


def withKeyBeside(error: OperatorError, path: str) -> OperatorError:
    """
    Return an error about the file C{path}, which names the file beside it where only the private key is missing.
    """
    beside = keyBeside(path) if error.said.id == "SSLP341E" else ""
    return operatorError("SSLP828E", source=path, beside=beside) if beside else error
