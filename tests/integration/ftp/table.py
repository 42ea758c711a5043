# -*- test-case-name: tests.test_integration -*-
"""
The page C{docs/ftp-clients.md}, which is made of results.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tests.integration.ftp.cells import DEMANDS, Result, reason

HEAD = """\
<!-- Made by "make integration PART=ftp WRITE=yes"; do not change it by hand. -->

# FTP clients

What clients do with `:securedata.REQUIRED`, with and without [`REUSE`](ftp.md#reuse). Each sends and
fetches large, small and empty files, new ones and over existing ones, with AUTH TLS and PROT P. The applications are
{servers}; client and application have addresses of IPv4 and of IPv6, in every combination.

*works*: every file arrives whole. *refused*: the client reports the failure, by its exit status or an
exception, with such words as are shown, and the application still has the file that was there before.
`make integration PART=ftp` makes this table anew and compares it with the one here.

"""

FOOT = """
- *ftplib, resuming* is a subclass of `FTP_TLS` whose `ntransfercmd` passes `session=self.sock.session` to
  `wrap_socket` ([the program](../tests/integration/ftp/drivers/pythonftplib.py)).
- ftplib as it is and Commons Net do not resume sessions: they need `:securedata.` without `REUSE`.
- wget only fetches. aioftp and basic-ftp have passive mode only. curl before 8.0 sends data in cleartext in active
  mode (curl issue 10664), which is refused.
- basic-ftp sends no empty files here: with any server it may end the data connection before the handshake, and
  fail ([shown here](../findings/basic-ftp-empty-upload.sh)).
"""

COLUMNS = ("client", "version", "mode", "`REQUIRED`, up", "down", "`REUSE`, up", "down")
NONE = "–"
WRONG = "**wrong**"


def rows(results: Iterable[Result], versions: Mapping[str, str]) -> list[tuple[str, ...]]:
    """
    Return the rows of the table, one for each client and mode.

    @param versions: of each client, in the order of the table.
    """
    groups: dict[tuple[str, bool, str, bool], list[Result]] = {}
    for each in results:
        route = each.cell.route
        groups.setdefault((route.client, route.active, route.demand, each.cell.upload), []).append(each)
    found = []
    for client, version in versions.items():
        for active in (False, True):
            cells = [groups.get((client, active, demand, up), []) for demand in DEMANDS for up in (True, False)]
            if any(cells):
                found.append((client, version, "active" if active else "passive", *map(word, cells)))
    return found


def word(results: Sequence[Result]) -> str:
    """
    Return what a field says of results.
    """
    if not results:
        return NONE
    refused = [each for each in results if not each.whole]
    if not all(each.refused for each in refused):
        return WRONG
    if not refused:
        return "works"
    reasons = ", ".join(f"`{each}`" for each in sorted({reason(each.told.text) for each in refused}))
    share = "" if len(refused) == len(results) else f" {len(refused)} of {len(results)}"
    return f"refused{share}: {reasons}"


def page(servers: str, table: Iterable[Iterable[str]]) -> str:
    """
    Return the page.

    @param servers: the applications and their versions.
    """
    lines = [COLUMNS, ["---"] * len(COLUMNS), *table]
    return HEAD.format(servers=servers) + "".join(f"| {' | '.join(fields)} |\n" for fields in lines) + FOOT


def rowsOf(text: str) -> list[tuple[str, ...]]:
    """
    Return the rows that a page has.
    """
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [tuple(line.removeprefix("| ").removesuffix(" |").split(" | ")) for line in lines[2:]]


def differences(page: str, table: Iterable[tuple[str, ...]]) -> list[str]:
    """
    Return what a page says otherwise about clients of the same version.  With which words a client hears of a
    failure depends on who is faster.
    """
    said = {row[:3]: row for row in rowsOf(page)}
    return [
        f"{said[row[:3]]} is now {row}"
        for row in table
        if row[:3] in said and [_verdict(field) for field in said[row[:3]]] != [_verdict(field) for field in row]
    ]


def _verdict(field: str) -> str:
    return field.partition(":")[0]


def unknown(page: str, table: Iterable[tuple[str, ...]]) -> list[str]:
    """
    Return the clients of which a page does not know the version.
    """
    said = {row[:3] for row in rowsOf(page)}
    return [" ".join(row[:3]) for row in table if row[:3] not in said]
