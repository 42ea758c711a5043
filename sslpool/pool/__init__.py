"""
The rules of the pool as pure functions and values: states, routing, counters.  Stack and servers.
"""
