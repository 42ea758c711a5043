There are three ways to run it: ``--demo`` shows it, ``--listen``, ``--connect`` and ``--certificate`` secure one application from the command line, and ``--config`` reads configuration files.
