# -*- test-case-name: tests.test_messages -*-
"""
All sections of the catalogue, joined.  Every process.
"""

from __future__ import annotations

import re

from sslpool.messages import (
    administration,
    chains,
    changes,
    clients,
    configuration,
    dynamic,
    fitness,
    ftp,
    history,
    keydb,
    manhole,
    manyfiles,
    planning,
    policy,
    pool,
    programs,
    reading,
    renewal,
    requests,
    revocation,
    serving,
    sessions,
    sockets,
    stack,
    tracing,
    trust,
)
from sslpool.messages.entry import Message

CATALOGUE: dict[str, Message] = {
    message.id: message
    for section in (
        stack,
        changes,
        history,
        pool,
        renewal,
        clients,
        configuration,
        keydb,
        requests,
        chains,
        revocation,
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
        reading,
        fitness,
        serving,
    )
    for message in section.MESSAGES
}


def template(message: Message) -> str:
    """
    Return the text of a message as people read it: fields in braces, without their formats.
    """
    return re.sub(r"{(\w+)[!:][^}]*}", r"{\1}", message.text)
