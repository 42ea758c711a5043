ALLOW and DENY of a PORT statement name the networks whose clients may or may not come; with ``--listen`` they are operands of ``--port``.
