# -*- test-case-name: tests.stack.configuration.test_reload -*-
"""
Reload: the configuration files are read and checked, followed as OBEY follows a change, and then
comes what SSLADMIN REFRESH does.  Lives in the stack process.
"""

from __future__ import annotations

from twisted.logger import Logger

from sslpool.messages import OperatorError, Severity
from sslpool.messages.announce import announce, announceSaid
from sslpool.stack.configuration.reconfiguration import Reconfiguration, Refresh

log = Logger()


async def reload(reconfiguration: Reconfiguration, refresh: Refresh) -> None:
    """
    Reload, and log what comes of it.  With an error in the files nothing changes, certificates
    included.  A stack without files only does what REFRESH does.
    """
    announce(log, "SSLP011I")
    try:
        messages = await reconfiguration.reload(refresh) if reconfiguration.hasFiles else []
    except OperatorError as error:
        announceSaid(log, error.said)
        announce(log, "SSLP013E")
        return
    try:
        messages += await refresh(None)
    except OperatorError as error:
        messages.append(error.said)
    for message in messages:
        announceSaid(log, message)
    errors = sum(message.severity is Severity.ERROR for message in messages)
    if errors:
        announce(log, "SSLP014W", errors=errors)
    else:
        announce(log, "SSLP012I")
