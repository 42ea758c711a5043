# -*- test-case-name: tests.tls.test_ciphers -*-
"""
Which cipher suites are in use.  Agent and servers; the table is L{sslpool.config.suites}.
"""

from __future__ import annotations

from collections.abc import Iterable

from sslpool.config.suites import STRENGTHS, SUITES, Suite

__all__ = ["STRENGTHS", "SUITES", "Suite", "suitesInUse"]


def suitesInUse(
    exempt: Iterable[str] = (), exemptStrength: str | None = None, enable: Iterable[str] = ()
) -> tuple[Suite, ...]:
    """
    Return the suites in use, in order of preference.

    @param exempt: names of suites that are not to be used.
    @param exemptStrength: a strength of which none, and none weaker, is to be used.
    @param enable: names of suites to be used beyond the default ones.
    """
    without, extra = frozenset(exempt), frozenset(enable)
    weakest = STRENGTHS.index(exemptStrength) + 1 if exemptStrength else 0
    return tuple(
        suite
        for suite in SUITES
        if suite.library
        and (suite.default or suite.name in extra)
        and suite.name not in without
        and STRENGTHS.index(suite.strength) >= weakest
    )
