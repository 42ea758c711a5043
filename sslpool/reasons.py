# -*- test-case-name: tests.test_reasons -*-
"""
Why something could not be done, in words for the operator: what the system and the libraries say
is not always meant to be read by who has no source at hand.  Every process.
"""

from __future__ import annotations

LABEL = "a part of the name is empty or longer than 63 octets"
"""
RFC 1035 section 2.3.4.
"""

CHARACTERS = "the name has characters that names of hosts cannot have"


def reasonOf(error: BaseException) -> str:
    """
    Return why, without numbers of errors, names of exceptions and what a library says of its own parser.
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error).strip()
    if isinstance(error, UnicodeError) and "'idna'" in text:
        # The codec's error, which Python quotes within another, and differently in each release.
        return LABEL if "label" in text else CHARACTERS
    first = text.partition(": ParseError")[0].partition("\n")[0]
    return first.rstrip(".") or type(error).__name__
