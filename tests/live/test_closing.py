"""
However a session ends, each side learns of it as it would without us: an end in order is one, what is cut is no end in
order, and whoever still reads gets what was sent.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable

from sslpool.config.portlist import PORT_OPTIONS
from tests.live.closings import APPLICATION_MOMENTS, CLIENT_MOMENTS, Row, Site, Who, rows
from tests.live.configurations import PROFILE, FilesCase

TODO_ROWS = {
    **{f"client: FIN; {each.name}": "no answer; decode_error with TLS 1.3" for each in CLIENT_MOMENTS},
    **{f"client: RST; {each.name}": "the application sees the end" for each in CLIENT_MOMENTS},
    **{f"client: fatal alert, FIN; {each.name}": "the application sees the end" for each in CLIENT_MOMENTS},
    **{f"application: RST; {each.name}": "close_notify, and no reset for 2 s" for each in APPLICATION_MOMENTS},
    "application: close; in mid-answer, the client writes on": "no reset for 2 s",
}
"""
The rows that are not right yet, and what is seen instead.
"""

TODO_TRUNCATION = "PORT has no TRUNCATION yet"


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
        See that all rows are right but those that are marked.
        """
        wrong, texts = set(), []
        for row in table:
            seen = site.see(row)
            if not seen.fits(row.expected):
                wrong.add(row.name)
                if row.name not in TODO_ROWS:
                    texts.append(f"{row}: {seen}, expected {row.expected}")
        self.assertEqual(texts, [])
        self.assertEqual(wrong, {row.name for row in table if row.name in TODO_ROWS}, "marked, and right")

    def test_table(self) -> None:
        """
        Where nothing else is said, FIN without close_notify is an end.
        """
        self.look(self.site(), list(rows()))

    def test_truncation(self) -> None:
        """
        With TRUNCATION RESET it is handed on as a reset.
        """
        self.assertIn("TRUNCATION", PORT_OPTIONS)
        site = self.site(" TRUNCATION RESET")
        self.look(site, [row for row in rows(lenient=False) if row.who is Who.CLIENT])

    test_truncation.todo = (AssertionError, TODO_TRUNCATION)  # type: ignore[attr-defined]
