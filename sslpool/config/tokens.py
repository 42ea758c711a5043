# -*- test-case-name: tests.config.test_tokens -*-
"""
The words of a configuration file with the place where each stands, a reader that
hands them out, and the list in which findings gather.  Pure; in any process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence

from attrs import define, field, frozen

from sslpool.config.configuration import Position
from sslpool.config.networks import NETWORK, network
from sslpool.config.values import ADDRESS, LABEL, USERID, ipAddress, isLabel, isUserid, number, upperCase
from sslpool.messages import Finding, Severity, finding

_QUOTED = re.compile(r"""\"([^\"]*)\"(?!\S)|'([^']*)'(?!\S)|(\S+)""")

#: The longest piece of a file that a message repeats.
LONGEST_SHOWN = 160


def shown(text: str) -> str:
    """
    Return C{text} as a message may repeat it: short and printable, whatever was in the file.
    """
    short = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."
    return short if short.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in short)


def quoted(word: str) -> str:
    """
    Return C{word} as L{Token.quotedWords} reads it.
    """
    if word and not re.search(r"\s", word) and word[0] not in "\"'":
        return word
    return f"'{word}'" if '"' in word else f'"{word}"'


@define
class Findings:
    """
    Findings, in the order in which they were made.

    @ivar errors: how many of them are errors.
    """

    _found: list[Finding] = field(factory=list)
    errors: int = 0

    def add(self, messageId: str, position: Position, **fields: object) -> None:
        """
        Note what was found at C{position}.
        """
        printable = {name: shown(value) if isinstance(value, str) else value for name, value in fields.items()}
        found = finding(messageId, position.file, position.line, **printable)
        self._found.append(found)
        self.errors += found.severity is Severity.ERROR

    @property
    def erroneous(self) -> bool:
        """
        Whether any finding is an error.
        """
        return self.errors > 0

    def all(self) -> tuple[Finding, ...]:
        """
        Return everything found so far.
        """
        return tuple(self._found)


@frozen
class Token:
    """
    A word, or the part of a line that is the value of a tag.

    @ivar text: the word as written.
    @ivar position: where it stands.
    """

    text: str
    position: Position

    @property
    def upper(self) -> str:
        """
        The word as keywords and userids are compared.
        """
        return upperCase(self.text)

    def words(self) -> list[Token]:
        """
        Return the words of a part of a line.
        """
        return [Token(word, self.position) for word in self.text.split()]

    def quotedWords(self) -> list[Token]:
        """
        Return the words of a part of a line in which a word with blanks stands in quotation marks.
        """
        return [Token(found[found.lastindex or 0], self.position) for found in _QUOTED.finditer(self.text)]


def numberedLines(file: str, text: str) -> Iterator[Token]:
    """
    Yield each line of C{text} without its line end.  Only LF and CR LF end a line,
    so that line numbers are those an editor shows.
    """
    for index, line in enumerate(text.split("\n"), 1):
        yield Token(line.removesuffix("\r"), Position(file, index))


def withoutComment(line: Token) -> Token:
    """
    Return the part of a line before C{;}, which begins a comment.
    """
    return Token(line.text.partition(";")[0], line.position)


def tokenize(file: str, text: str) -> list[Token]:
    """
    Return the words of C{text}; C{;} begins a comment that runs to the end of the line.
    """
    return [word for line in numberedLines(file, text) for word in withoutComment(line).words()]


def abbreviations(keywords: Mapping[str, int]) -> dict[str, str]:
    """
    Return every allowed spelling with the keyword that it means.

    @param keywords: each keyword, in upper case, with its shortest allowed length.
    """
    return {
        keyword[:length]: keyword
        for keyword, minimum in keywords.items()
        for length in range(minimum, len(keyword) + 1)
    }


@define
class TokenReader:
    """
    Tokens, taken one after another; what does not fit becomes a finding.

    @ivar findings: where findings go.
    @ivar last: where the last token taken stands.
    """

    _tokens: Sequence[Token]
    findings: Findings
    last: Position
    _next: int = 0

    def peek(self) -> Token | None:
        """
        Return the next token without taking it, or C{None} at the end.
        """
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def peekUpper(self) -> str:
        """
        Return the next token in upper case without taking it; empty at the end.
        """
        token = self.peek()
        return "" if token is None else token.upper

    def take(self) -> Token | None:
        """
        Take the next token; C{None} at the end.
        """
        token = self.peek()
        if token is not None:
            self._next += 1
            self.last = token.position
        return token

    def takenSince(self, first: Token) -> list[Token]:
        """
        Return C{first}, which has been taken, and what has been taken after it.
        """
        taken = self._tokens[: self._next]
        start = max(index for index, token in enumerate(taken) if token is first)
        return list(taken[start:])

    def onSameLine(self) -> bool:
        """
        Whether there is another token on the line of the last one taken.
        """
        token = self.peek()
        return token is not None and token.position == self.last

    def skipLine(self) -> None:
        """
        Take what is left of the line of the last token taken.
        """
        while self.onSameLine():
            self.take()

    def unexpected(self, statement: str, expected: str) -> None:
        """
        Note that the next token is not what C{statement} expects, and take it where
        it stands on the same line (on another line it may begin something else).
        """
        token = self.peek() if self.onSameLine() else None
        found = "end of line" if token is None else token.text
        self.findings.add("SSLP202E", self.last, statement=statement, found=found, expected=expected)
        if token is not None:
            self.take()

    def wrong(self, statement: str, word: Token, expected: str) -> None:
        """
        Note that a word, which has been taken, is not what C{statement} expects.
        """
        self.findings.add("SSLP202E", word.position, statement=statement, found=word.text, expected=expected)

    def endOfStatement(self, statement: str, expected: str, statements: Container[str]) -> None:
        """
        Note what follows on the line unless it is one of the keywords in C{statements}.
        """
        if self.onSameLine() and self.peekUpper() not in statements:
            self.unexpected(statement, expected)
            self.skipLine()

    def _value(self, statement: str, expected: str, read: Callable[[str], str | None]) -> str | None:
        token = self.peek()
        value = None if token is None else read(token.text)
        if value is None:
            self.unexpected(statement, expected)
        else:
            self.take()
        return value

    def number(self, statement: str, low: int, high: int) -> int | None:
        """
        Take a number of C{low} to C{high}; C{None} after a finding.
        """
        token = self.peek()
        value = None if token is None else number(token.text, low, high)
        if value is None:
            self.unexpected(statement, f"a number from {low} to {high}")
        else:
            self.take()
        return value

    def userid(self, statement: str, special: Sequence[str] = ()) -> str | None:
        """
        Take a userid, or one of the C{special} words, in upper case; C{None} after a finding.
        """
        expected = " or ".join([USERID, *special])
        return self._value(
            statement, expected, lambda text: upperCase(text) if text in special or isUserid(text) else None
        )

    def choice(self, statement: str, choices: Sequence[str]) -> str | None:
        """
        Take one of C{choices}, which are in upper case; C{None} after a finding.
        """
        expected = " or ".join(choices)
        return self._value(statement, expected, lambda text: upperCase(text) if upperCase(text) in choices else None)

    def label(self, statement: str) -> str | None:
        """
        Take the label of a certificate; C{None} after a finding.  Digits on the next line
        are no label: there a PORT entry begins.
        """
        here = self.onSameLine()
        return self._value(
            statement, LABEL, lambda text: text if isLabel(text) and (here or not text.isdigit()) else None
        )

    def ipAddress(self, statement: str) -> str | None:
        """
        Take an IP address, in its usual form; C{None} after a finding.
        """
        return self._value(statement, ADDRESS, ipAddress)

    def once(self, what: str, given: set[str]) -> None:
        """
        Say so where C{what} has been given already, and remember it.
        """
        if what in given:
            self.findings.add("SSLP287W", self.last, what=what)
        given.add(what)

    def network(self, statement: str, text: str) -> str | None:
        """
        Return the network that C{text} is, which has been taken; C{None} after a finding.
        """
        try:
            return network(text)
        except ValueError as error:
            self.findings.add("SSLP148E", self.last, statement=statement, found=text, reason=error, expected=NETWORK)
            return None
