# -*- test-case-name: tests.reports.test_tables -*-
"""
Lines for a terminal: tables with columns as wide as they need, and wrapped text.  Used by the commands; pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from attrs import frozen

WIDTH = 80
"""
Columns that a report tries to keep to.
"""


@frozen
class Column:
    """
    A column of a table.

    @ivar title: what stands above it.
    @ivar right: whether it is aligned to the right, as numbers are.
    """

    title: str
    right: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], total: Sequence[str] | None = None) -> list[str]:
    """
    Return the lines of a table: titles, rules, rows and, if given, a rule and the
    totals.  Lines have no blanks at their ends.
    """
    body = [*rows, total] if total is not None else [*rows]
    texts = [[column.title, *(row[index] for row in body)] for index, column in enumerate(columns)]
    widths = [max(map(len, column)) for column in texts]
    rule = _line(columns, widths, ["-" * width for width in widths])
    lines = [_line(columns, widths, [column.title for column in columns]), rule]
    lines += [_line(columns, widths, row) for row in rows]
    if total is not None:
        lines += [rule, _line(columns, widths, total)]
    return lines


def labelled(label: str, text: str, labelWidth: int = 14, indent: int = 2) -> list[str]:
    """
    Return C{text} behind its label, wrapped at blanks, further lines below the
    first one's text.  A word that is too long for a line is not broken.
    """
    head = " " * indent + label.ljust(labelWidth)
    lines = wrap(
        text,
        WIDTH,
        initial_indent=head + " ",
        subsequent_indent=" " * (len(head) + 1),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [head.rstrip()]


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    """
    Return one line of a table.
    """
    aligned = (
        cell.rjust(width) if column.right else cell.ljust(width)
        for column, width, cell in zip(columns, widths, cells, strict=True)
    )
    return "  ".join(aligned).rstrip()
