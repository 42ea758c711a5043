# -*- test-case-name: tests.test_messages -*-
"""
Every message that an operator may see: id, severity, text, explanation and action.

Used in every process.  The catalogue is data; the modules of this package hold one section each, and L{CATALOGUE} joins
them.  IBM's ids (C{DTC...}) are used with IBM's meaning and text only; ours are C{SSLPnnnX}, where C{X} is the
severity: C{I} information, C{W} warning, C{E} error.

    - 001-054  the stack as a whole                             (L{sslpool.messages.stack})
    - 055-059, 226-229, 273-279  whom applications trust        (L{sslpool.messages.trust})
    - 060-079  changes of a running stack                       (L{sslpool.messages.changes})
    - 080-099, 477-479  history of configurations, backups      (L{sslpool.messages.history})
    - 100-139, 146, 180-187, 195-199  servers, agent, sessions  (L{sslpool.messages.pool})
    - 140-144, 560-579, 600-619  TLS policy                     (L{sslpool.messages.policy})
    - 145, 147, 160-179, 190-194  REFRESH, session cache        (L{sslpool.messages.renewal})
    - 148-159  limits of clients                                (L{sslpool.messages.clients})
    - 200-225, 230-272, 280-299  configuration files            (L{sslpool.messages.configuration})
    - 300-334, 340-367  key database and certificates           (L{sslpool.messages.keydb})
    - 335-339  many files that are imported at once             (L{sslpool.messages.manyfiles})
    - 368-399  requests, signing, fitness                       (L{sslpool.messages.requests})
    - 400-454, 470-473, 480-499  administration                 (L{sslpool.messages.administration})
    - 455-469, 474-476  whether new clients are served          (L{sslpool.messages.serving})
    - 500-559, 580-599  SSLPOOL: planning, enrollment           (L{sslpool.messages.planning})
    - 188-189, 620-649, 670-679  traces, consoles               (L{sslpool.messages.tracing})
    - 650-659, 690-699  the manhole                             (L{sslpool.messages.manhole})
    - 660-669  sockets, who is believed                         (L{sslpool.messages.sockets})
    - 700-704, 730-739  dynamic SSL                             (L{sslpool.messages.dynamic})
    - 705-729  limits within a server                           (L{sslpool.messages.sessions})
    - 740-779  programs, the secure client                      (L{sslpool.messages.programs})
    - 780-799  FTP                                              (L{sslpool.messages.ftp})
    - 800-819  revocation lists                                 (L{sslpool.messages.revocation})
    - 820-839  files of certificates and keys                   (L{sslpool.messages.reading})
    - 840-849  chains of certificates                           (L{sslpool.messages.chains})
    - 850-879  what clients refuse certificates for             (L{sslpool.messages.fitness})
"""

from __future__ import annotations

from sslpool.messages.catalogue import CATALOGUE, template
from sslpool.messages.entry import Message, Severity
from sslpool.messages.said import Finding, OperatorError, Said, finding, operatorError, said

__all__ = [
    "CATALOGUE",
    "Finding",
    "Message",
    "OperatorError",
    "Said",
    "Severity",
    "finding",
    "operatorError",
    "said",
    "template",
]
