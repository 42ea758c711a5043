``ssladmin`` and ``sslnetstat`` show servers and sessions, and start, stop, restart and refresh servers of a running stack. They print for people or, with ``--json``, for programs.
