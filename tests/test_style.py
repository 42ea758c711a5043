# -*- test-case-name: tests.test_style -*-
"""
Texts keep to C{docs/style.md}, as far as a program can tell.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator

from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import CATALOGUE
from tests.test_documents import ROOT, pages
from tests.test_layers import modules

MOST_WORDS = 30
"""
Words in a sentence of a message, at most.
"""

BRITISH = re.compile(
    r"\b(?:(?:behavi|col|fav|flav|hon|lab|neighb)ours?\w*|"
    r"(?:author|character|custom|emphas|final|general|initial|local|maxim|minim|normal|optim|organ|real|recogn|serial|"
    r"special|standard|summar|synchron|util|visual)is(?:e[ds]?|ing|ations?)|"
    r"(?:cancel|fuel|label|model|signal|travel)l(?:ed|ing)|(?:back|down|for|to|up)wards|(?:art|def|off)e(?:fact|nce)|"
    r"analys(?:e[ds]?|ing)|amongst|whilst|centres?|enrol(?:s|ments?)?|fulfils?|grey|learnt|licences?|misspelt|spelt)\b",
    re.IGNORECASE,
)
"""
Words that Americans spell otherwise.
"""

TRANSLATED = re.compile(
    r"\b(?:came of (?:it|them)|for want of|how far (?:\w+ ){1,3}have to|it is a remark|not nothing|"
    r"read the end of|the original(?!ly)|e\.g\.|i\.e\.|\w+n't|\w+\(s\))",
    re.IGNORECASE,
)
"""
What sounds translated, contractions, abbreviations, and plurals in parentheses.
"""

REPRESENTED = re.compile(r"<[\w.<>]+ (?:object )?at 0x|\[Failure instance|\bb'|\bNoneType\b|<class '")
"""
What Python calls its values.
"""

COUNTED = re.compile(
    r"{\w+[^}]*} (?:authorities|certificates|connections|errors|files|hours|keys|labels|lines|members|minutes|ports|"
    r"seconds|servers|sessions|times|warnings)\b"
)
"""
A count before its noun, which would have to agree with it.
"""


def messageTexts() -> Iterator[tuple[str, str]]:
    """
    Yield each text of the catalogue, behind the id of its message.
    """
    for message in CATALOGUE.values():
        for text in (message.text, message.explanation, message.action):
            yield message.id, text


def sourceTexts() -> Iterator[tuple[str, str]]:
    """
    Yield each string and comment of the package, behind its place: docstrings, HELP, lines of consoles.
    What epytext marks as names of the source is left out.
    """
    for path in modules():
        with path.open("rb") as file:
            for token in tokenize.tokenize(file.readline):
                if token.type in (tokenize.STRING, tokenize.COMMENT) and not token.string.startswith("# -*-"):
                    yield f"{path.relative_to(ROOT)}:{token.start[0]}", re.sub(r"[CL]{[^}]*}", "", token.string)


def pageTexts() -> Iterator[tuple[str, str]]:
    """
    Yield each line of the pages, behind its place, without names of files; all but the page that has what is wrong
    as examples.
    """
    for path in pages():
        if path != ROOT / "docs" / "style.md":
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                yield f"{path.relative_to(ROOT)}:{number}", re.sub(r"`[\w/.-]+\.py`", "", line)


def found(pattern: re.Pattern[str], *texts: Iterator[tuple[str, str]]) -> list[str]:
    """
    Return where texts have what they should not.
    """
    return [f"{place}: {match[0]}" for each in texts for place, text in each for match in pattern.finditer(text)]


class MessageTests(SynchronousTestCase):
    """
    Text, explanation and action of messages.
    """

    def test_spaces(self) -> None:
        """
        There is one space between sentences.
        """
        self.assertEqual(found(re.compile(r"\S+  +\S+"), messageTexts()), [])

    def test_length(self) -> None:
        """
        Sentences are short.
        """
        sentences = (
            (name, sentence, len(sentence.split()))
            for name, text in messageTexts()
            for sentence in re.split(r"(?<=[.?!]) ", text)
        )
        self.assertEqual([f"{name}: {text}" for name, text, words in sentences if words > MOST_WORDS], [])

    def test_end(self) -> None:
        """
        A text has no period at its end, unless that belongs to a tag or the text is z/VM's.
        """
        wrong = [each.id for each in CATALOGUE.values() if re.search(r"(?<!available on local system)\.$", each.text)]
        self.assertEqual([each for each in wrong if not re.search(r":\w+\.$", CATALOGUE[each].text)], [])

    def test_fields(self) -> None:
        """
        Fields are in the text; explanation and action are the same wherever the message is said.
        """
        braces = [each.id for each in CATALOGUE.values() if "{" in each.explanation + each.action]
        self.assertEqual(braces, [])

    def test_counts(self) -> None:
        """
        A count follows its noun.
        """
        self.assertEqual(found(COUNTED, messageTexts()), [])

    def test_userId(self) -> None:
        """
        Who a server is, is a user ID; z/VM's own text is a quotation.
        """
        texts = ((name, re.sub(r"{\w+}|TcpipUserid|sslpool setauth .*", "", text)) for name, text in messageTexts())
        self.assertEqual(found(re.compile(r"\buserids?\b", re.IGNORECASE), texts), [])


class LanguageTests(SynchronousTestCase):
    """
    Messages, HELP and lines of consoles, docstrings and comments, pages.
    """

    def test_american(self) -> None:
        """
        The spelling is American.
        """
        self.assertEqual(found(BRITISH, messageTexts(), sourceTexts(), pageTexts()), [])

    def test_translated(self) -> None:
        """
        Nothing sounds translated that did once.
        """
        self.assertEqual(found(TRANSLATED, messageTexts(), sourceTexts(), pageTexts()), [])

    def test_representations(self) -> None:
        """
        Nobody sees what Python calls a value.
        """
        self.assertEqual(found(REPRESENTED, messageTexts(), pageTexts()), [])


class PatternTests(SynchronousTestCase):
    """
    The patterns find what they are for, and nothing else.
    """

    def test_finds(self) -> None:
        """
        Each finds its examples.
        """
        for pattern, texts in (
            (BRITISH, ("behaviour", "Colours", "initialised", "cancelled", "labelling", "towards", "licence")),
            (TRANSLATED, ("what came of it", "refused for want of authority", "the original's", "doesn't", "error(s)")),
            (TRANSLATED, ("how far connections have to become secure", "read the end of the line", "e.g. this")),
            (REPRESENTED, ("<Deferred at 0x7f>", "<a.B object at 0x1>", "[Failure instance: x]", "b'octets'")),
            (COUNTED, ("{high} servers", "{seconds:g} seconds")),
        ):
            for text in texts:
                self.assertTrue(pattern.search(text), text)

    def test_passes(self) -> None:
        """
        None finds what is right.
        """
        texts = ("behavior", "hour", "four", "wise", "canceled", "labels", "license", "forward", "originally")
        for text in (*texts, "servers: {n}", "{reach} is less", "{length} octets", "an original", "web's", "<userid>"):
            for pattern in (BRITISH, TRANSLATED, REPRESENTED, COUNTED):
                self.assertIsNone(pattern.search(text), text)
