# -*- test-case-name: tests.test_librarywarnings -*-
"""
What libraries say to programmers through Python's warnings, with the place of a file of ours.  An operator can
do nothing about it.  Every process.
"""

from __future__ import annotations

import sys
import warnings

_FOR_PROGRAMMERS = (UserWarning, DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning)


def hideLibraryWarnings() -> None:
    """
    Keep warnings out of the output, unless whoever started the process has said which he wants
    (C{python -W}, C{PYTHONWARNINGS}).
    """
    if not sys.warnoptions:
        for category in _FOR_PROGRAMMERS:
            warnings.simplefilter("ignore", category)
