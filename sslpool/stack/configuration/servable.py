# -*- test-case-name: tests.stack.configuration.test_servable -*-
"""
Whether there is a certificate with which anybody can be served, found out before a stack without files begins.  Lives
in the stack process, and for a moment in a child of it: private keys are decrypted there alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection

from sslpool.keydb.sources import readMaterial
from sslpool.messages import OperatorError, Said, said
from sslpool.tls.labels import buildLabel
from sslpool.tls.policy import Policy
from sslpool.wire.serial import fromJson, withMessages


def shortcomings(keyFile: str, labels: Collection[str], policy: Policy) -> list[Said]:
    """
    Return why servers can serve nobody with any of C{labels}; nothing where they can with one.

    @return: the messages, as servers would say them.
    """
    try:
        material = readMaterial(keyFile)
    except OperatorError as error:
        return [error.said]
    reasons = [reason for label, reason in material.unusable if label in labels]
    for credential in material.credentials:
        if credential.label in labels:
            try:
                buildLabel(credential, policy)
            except OperatorError as error:
                reasons.append(error.said)
                continue
            lacking = [said("SSLP144W", **fields) for fields in policy.unserved((credential,))]
            if not lacking:
                return []
            reasons += lacking
    return reasons


def inChild(work: Callable[[], list[Said]]) -> list[Said]:
    """
    Return what C{work} returns in a process of its own; nothing where that ends in another way.  Only
    for the time before there are threads and a reactor that runs.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            with open(writing, "w", encoding="ascii") as answer:
                json.dump(withMessages(work()), answer)
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="ascii") as answer:
        text = answer.read()
    os.waitpid(child, 0)
    found: list[Said] = fromJson(list[Said], *json.loads(text)) if text else []
    return found
