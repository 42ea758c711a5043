``--json`` prints ``{"error": {"id", "text", "action"}}`` where a command did nothing, as ``gskkyman`` did; the message is on standard error as well, now also of ``gskkyman``.
