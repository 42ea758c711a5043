# -*- test-case-name: tests.tls.test_library -*-
"""
Tests for L{sslpool.tls.library}.
"""

from __future__ import annotations

import re

from twisted.trial.unittest import SynchronousTestCase

from sslpool.tls.library import libraryName


class LibraryTests(SynchronousTestCase):
    """
    The library's name.
    """

    def test_name(self) -> None:
        """
        Name, version and date.
        """
        self.assertTrue(re.fullmatch(r"OpenSSL \d+\.\d+\.\d+\S* \d+ \w+ \d{4}", libraryName()), libraryName())
