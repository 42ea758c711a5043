"""
However a session ends, each side learns of it as it would without us: an end in order is one, what is cut is no end in
order, and whoever still reads gets what was sent.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable

from tests.live.closings import Row, Site, Who, rows
from tests.live.configurations import PROFILE, FilesCase


class ClosingTests(FilesCase):
    """
    The closing table.
    """

    def site(self, operands: str = "") -> Site:
        """
        Return a site with a pool.

        @param operands: what the PORT statement has beside the label.
        """
        listening = socket.create_server(("127.0.0.1", 0))
        host, number = listening.getsockname()
        port = self.adapt(f"{host}:{number}")
        self.files.replace(
            PROFILE, f"{port} TCP WEBSERV SECURE WEBCERT", f"{port} TCP WEBSERV SECURE WEBCERT{operands}"
        )
        self.serve(*self.options)
        site = Site(port, listening, self.certificates)
        self.addCleanup(site.close)
        return site

    def look(self, site: Site, table: Iterable[Row]) -> None:
        """
        See that all rows are right.
        """
        wrong = []
        for row in table:
            seen = site.see(row)
            if not seen.fits(row.expected):
                wrong.append(f"{row}: {seen}, expected {row.expected}")
        self.assertEqual(wrong, [])

    def test_table(self) -> None:
        """
        Where nothing else is said, FIN without close_notify is an end.
        """
        self.look(self.site(), list(rows()))

    def test_truncation(self) -> None:
        """
        With TRUNCATION RESET it is handed on as a reset.
        """
        site = self.site(" TRUNCATION RESET")
        self.look(site, [row for row in rows(lenient=False) if row.who is Who.CLIENT])
