"""
Tests for L{sslpool.reports.tables}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.reports.tables import Column, labelled, table

COLUMNS = (Column("Name"), Column("Count", right=True))
words = st.text(st.characters(codec="ascii", categories=("L", "N")), max_size=12)


class TableTests(SynchronousTestCase):
    """
    L{table} makes columns as wide as they need.
    """

    def test_layout(self) -> None:
        """
        Text stands left, numbers right, sums below a rule.
        """
        self.assertEqual(
            table(COLUMNS, [("a", "1"), ("longer", "23456789")], ("sum", "7")),
            [
                "Name       Count",
                "------  --------",
                "a              1",
                "longer  23456789",
                "------  --------",
                "sum            7",
            ],
        )

    def test_empty(self) -> None:
        """
        Without rows there are the titles.
        """
        self.assertEqual(table(COLUMNS, []), ["Name  Count", "----  -----"])

    @given(st.lists(st.tuples(words, words)))
    def test_noTrailingBlanks(self, rows: list[tuple[str, str]]) -> None:
        """
        No line ends with a blank, whatever is in the table.
        """
        columns = (Column("A", right=True), Column("B"))
        for line in table(columns, rows):
            self.assertEqual(line, line.rstrip())

    def test_raggedRow(self) -> None:
        """
        A row with a cell too many is a fault, not a shifted table.
        """
        self.assertRaises(ValueError, table, COLUMNS, [("a", "1", "x")])


class LabelledTests(SynchronousTestCase):
    """
    L{labelled} wraps text behind its label.
    """

    def test_wrapped(self) -> None:
        """
        Further lines stand below the text and none is longer than 80 columns.
        """
        lines = labelled("Ciphers", "word " * 40, 8, 2)
        self.assertTrue(lines[0].startswith("  Ciphers  word"))
        self.assertTrue(all(line.startswith(" " * 11 + "word") for line in lines[1:]))
        self.assertTrue(len(lines) > 1 and max(map(len, lines)) <= 80)

    def test_longWord(self) -> None:
        """
        A word that is too long is not broken: names can be copied.
        """
        self.assertEqual(labelled("File", "x" * 100, 4, 0), ["File " + "x" * 100])

    def test_nothing(self) -> None:
        """
        Without a text there is the label alone.
        """
        self.assertEqual(labelled("Label", "", 8, 1), [" Label"])
