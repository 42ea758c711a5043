"""
The pool manager: one object for each member; starts, stops and restarts servers.  Stack process.
"""
