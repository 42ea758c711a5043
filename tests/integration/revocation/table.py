"""
The whole table of revocation beside nginx and HAProxy, and C{docs/revocation.md}, which is made of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.integration.parts import WRITE
from tests.live.terminators import releases, verdicts
from tests.tls.revocationtable import ABSENT, NONE, Cell, cells, combinations, filled
from tests.tls.test_revocation import Handshakes

LEVELS = (2, 3)
PAGE = Path(__file__).parents[3] / "docs" / "revocation.md"
NAMES = {2: ("root", "authority"), 3: ("root", "upper authority", "lower authority")}
HEAD = """\
<!-- Made by "make integration PART=revocation WRITE=yes"; do not change it by hand. -->

# Revocation lists, compared with nginx and HAProxy

Who gets in, depending on the revocation lists (CRLs) of the authorities in the chain. [Which lists
count](tls.md#revocation-lists) has the rules. Clients and remote hosts are treated alike; the settings are

| | clients | remote hosts |
| :-- | :-- | :-- |
| sslpool | `CLIENTCERTCHECK REQUIRED` | `SECURECLIENT` |
| nginx | `ssl_verify_client on`, `ssl_crl` | `proxy_ssl_verify on`, `proxy_ssl_crl` |
| HAProxy | `bind` with `verify required` and `crl-file` | `server` with `verify required` and `crl-file` |

The releases are {releases}. An *empty* list has no entries, a *revoking* one revokes the next
certificate below it in the chain, and an *overdue* one should have been replaced by now.

- With sslpool it does not matter which of the authorities are trusted, as long as one is, nor whether a session is
  new or is resumed after a REFRESH that has read the lists.
- As soon as one authority has a list, nginx and HAProxy refuse everybody if another has none: *list missing*. They
  let the same peers in when that other has an empty list. Nobody whom they refuse because of what is in a list, or
  because it is overdue, gets in with sslpool.
- nginx and HAProxy need the chain up to a root. With sslpool it ends with the first authority that is trusted, and
  those above count as far as they are in the key database. So import each authority up to the root, trusted or not: a
  list of the root does not count for a lower authority while the one between them is missing.

"""


def words(peers: tuple[bool, ...], complete: tuple[bool, ...]) -> list[str]:
    """
    Return what the fields of the programs say.

    @param complete: their verdicts with a list of each authority.
    """
    pairs = zip(peers[::2], complete[::2], strict=True)
    return ["in" if now else "list missing" if then else "refused" for now, then in pairs]


def rows(found: Mapping[tuple[str, ...], tuple[bool, ...]], levels: int) -> Iterator[str]:
    """
    Yield the lines of the table for chains of so many authorities.
    """
    columns = (*(f"list of {name}" for name in NAMES[levels]), "nginx", "HAProxy", "sslpool")
    yield from (f"| {' | '.join(each)} |" for each in (columns, ["---"] * len(columns)))
    for kinds in combinations(levels):
        ours = {cell.good for cell in cells(levels) if cell.lists == kinds and ABSENT not in cell.standing}
        [good] = ours
        fields = (*kinds, *words(found[kinds], found[filled(kinds)]), "in" if good else "refused")
        yield f"| {' | '.join(fields)} |"


def page(found: Mapping[tuple[str, ...], tuple[bool, ...]]) -> str:
    """
    Return the page.
    """
    tables = ["\n".join(rows(found, levels)) + "\n" for levels in LEVELS]
    return HEAD.format(releases=releases()) + "\n".join(tables)


class TableTests(SynchronousTestCase):
    """
    All cells.
    """

    def test_peers(self) -> None:
        """
        Nobody gets in whom one of them refuses, unless because of a list that is missing.
        """
        found = verdicts([kinds for levels in LEVELS for kinds in combinations(levels)])
        for kinds, whom in found.items():
            self.assertEqual(whom[::2], whom[1::2], f"clients and remote hosts: {kinds}")
            if not all(whom) and all(found[filled(kinds)]):
                self.assertIn(NONE, kinds)
        wrong = [cell for cell in self.every() if cell.good and not all(found[filled(cell.lists)]) and not cell.isGap]
        self.assertEqual(wrong, [])
        text = page(found)
        print(f"\n{text}")
        if os.environ.get(WRITE):
            PAGE.write_text(text, "utf-8")
        self.assertEqual(rowsOf(text), rowsOf(PAGE.read_text("utf-8")), "make integration PART=revocation WRITE=yes")

    def every(self) -> Iterator[Cell]:
        """
        Yield all cells.
        """
        for levels in LEVELS:
            yield from cells(levels)

    def test_handshakes(self) -> None:
        """
        Our own handshakes come to what the table says.
        """
        for levels in LEVELS:
            Handshakes(self, levels).look(cells(levels))


def rowsOf(text: str) -> list[str]:
    """
    Return the rows of a page; the releases of the programs may be others.
    """
    return [line for line in text.splitlines() if line.startswith("|")]
