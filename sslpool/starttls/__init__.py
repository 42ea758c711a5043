"""
Dynamic SSL: protocols in which a connection becomes secure on the way.  Pure; used in the servers.
"""
