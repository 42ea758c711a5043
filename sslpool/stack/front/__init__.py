"""
A client's way in: ports, who is admitted, and the handoff of connections to servers.  Stack process.
"""
