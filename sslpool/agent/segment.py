# -*- test-case-name: tests.agent.test_segment -*-
"""
The memory of the shared segment.  The agent owns it; stack and servers map the
same file, which has no name in any file system.
"""

from __future__ import annotations

import mmap
import os

from sslpool.pool.segment import Segment, segmentSize


def createSegmentFile(name: str, slots: int) -> int:
    """
    Return the descriptor of a new, zeroed segment.

    @param name: what C{/proc} shows; the stack's userid, as a DCSS is named.
    @param slots: sessions for each process that it has room for.
    """
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC)
    os.ftruncate(descriptor, segmentSize(slots))
    return descriptor


def mapSegment(descriptor: int, slots: int) -> Segment:
    """
    Return the segment behind C{descriptor}, mapped into this process and into
    the ones that it forks.
    """
    return Segment(memoryview(mmap.mmap(descriptor, segmentSize(slots))), slots)
