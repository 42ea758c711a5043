# -*- test-case-name: tests.test_messages -*-
"""
Every message that an operator may see: id, severity, text, explanation and action.

Used in every process.  The catalogue is data; the modules of this package hold
one section each, and L{CATALOGUE} joins them.  IBM's ids (C{DTC...}) are used
with IBM's meaning and text only; ours are C{SSLPnnnX}, where C{X} is the
severity: C{I} information, C{W} warning, C{E} error.

    - 001-054  the stack as a whole                             (L{sslpool.messages.stack})
    - 055-059, 226-229, 273-279  whom applications trust        (L{sslpool.messages.trust})
    - 100-139, 146, 180-189, 198-199  servers, agent, sessions  (L{sslpool.messages.pool})
    - 140-144, 600-619  TLS policy                              (L{sslpool.messages.policy})
    - 145, 147, 160-179, 190-197  REFRESH, session cache        (L{sslpool.messages.renewal})
    - 148-159  limits of clients                                (L{sslpool.messages.clients})
    - 200-225, 230-272, 280-299  configuration files            (L{sslpool.messages.configuration})
    - 300-334, 340-367  key database and certificates           (L{sslpool.messages.keydb})
    - 335-339  many files that are imported at once             (L{sslpool.messages.manyfiles})
    - 368-399  requests, signing, fitness                       (L{sslpool.messages.requests})
    - 400-499  administration                                   (L{sslpool.messages.administration})
    - 500-599  SSLPOOL: planning, enrolment                     (L{sslpool.messages.planning})
    - 620-649, 670-679  traces, consoles                        (L{sslpool.messages.tracing})
    - 650-659, 690-699  the manhole                             (L{sslpool.messages.manhole})
    - 660-669  sockets, who is believed                         (L{sslpool.messages.sockets})
    - 700-704, 730-739  dynamic SSL                             (L{sslpool.messages.dynamic})
    - 705-729  limits within a server                           (L{sslpool.messages.sessions})
    - 740-779  programs, the secure client                      (L{sslpool.messages.programs})
    - 780-799  FTP                                              (L{sslpool.messages.ftp})
    - 840-849  chains of certificates                           (L{sslpool.messages.chains})
    - 850-879  what clients refuse certificates for             (L{sslpool.messages.fitness})
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import Formatter

from sslpool.messages import (
    administration,
    chains,
    clients,
    configuration,
    dynamic,
    fitness,
    ftp,
    keydb,
    manhole,
    manyfiles,
    planning,
    policy,
    pool,
    programs,
    renewal,
    requests,
    sessions,
    sockets,
    stack,
    tracing,
    trust,
)
from sslpool.messages.entry import Finding, Message, OperatorError, Said, Severity

__all__ = [
    "CATALOGUE",
    "Finding",
    "Message",
    "OperatorError",
    "Said",
    "Severity",
    "finding",
    "operatorError",
    "render",
    "revived",
    "revivedError",
    "template",
]

CATALOGUE: dict[str, Message] = {
    message.id: message
    for section in (
        stack,
        pool,
        renewal,
        clients,
        configuration,
        keydb,
        requests,
        chains,
        manyfiles,
        administration,
        planning,
        policy,
        tracing,
        manhole,
        sockets,
        dynamic,
        sessions,
        programs,
        ftp,
        trust,
        fitness,
    )
    for message in section.MESSAGES
}


def render(messageId: str, **fields: object) -> str:
    """
    Return the line an operator sees: the id, a blank and the filled-in text.  It is L{Said}.

    @raise KeyError: the id is not in the catalogue, or a field is missing;
        both are faults of ours.
    """
    return Said(f"{messageId} {CATALOGUE[messageId].text.format(**fields)}", messageId, fields)


def revived(text: str) -> Said:
    """
    Return the message whose C{text} has come from another process, where its fields were left
    behind: they are read from the text, as far as it is what the catalogue has.

    @raise KeyError: the text does not begin with an id of the catalogue.
    """
    if isinstance(text, Said):
        return text
    messageId, _, filled = text.partition(" ")
    names, between = _pieces(messageId)
    fields: dict[str, object] = {}
    place = len(between[0])
    if not filled.startswith(between[0]):
        return Said(text, messageId, {})
    # The first place at which a piece can be leaves most room for those behind it: one way through.
    for name, piece in zip(names, between[1:-1], strict=False):
        end = filled.find(piece, place)
        if end < 0:
            return Said(text, messageId, {})
        fields.setdefault(name, filled[place:end])
        place = end + len(piece)
    end = len(filled) - len(between[-1])
    if len(between) > 1:
        fields.setdefault(names[-1], filled[place:end])
    complete = place <= end and filled.endswith(between[-1])
    return Said(text, messageId, fields if complete else {})


@lru_cache(None)
def _pieces(messageId: str) -> tuple[list[str], list[str]]:
    """
    Return the names of a message's fields in their order, and the text before, between and behind them.
    """
    names, between = [], [""]
    for piece, name, _, _ in Formatter().parse(CATALOGUE[messageId].text):
        between[-1] += piece
        if name is not None:
            names.append(name)
            between.append("")
    return names, between


def template(message: Message) -> str:
    """
    Return the text of a message as people read it: fields in braces, without their formats.
    """
    return re.sub(r"{(\w+)[!:][^}]*}", r"{\1}", message.text)


def finding(messageId: str, file: str, line: int, **fields: object) -> Finding:
    """
    Return what was found at C{line} of C{file} (1 is the first line; 0 means
    the file as a whole).

    @raise KeyError: as for L{render}.
    """
    return Finding(CATALOGUE[messageId], file, line, render(messageId, **fields))


def operatorError(messageId: str, **fields: object) -> OperatorError:
    """
    Return an exception for something that the operator can put right: it is
    shown as its message, never as a traceback.

    @raise KeyError: as for L{render}.
    """
    return OperatorError(CATALOGUE[messageId], render(messageId, **fields))


def revivedError(text: str) -> OperatorError:
    """
    Return the exception whose C{text} has come from another process.

    @raise KeyError: the text does not begin with an id of the catalogue.
    """
    said = revived(text)
    return OperatorError(CATALOGUE[said.messageId], said)
