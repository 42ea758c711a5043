"""
What nobody hopes for: processes that hang or die, files and sockets that go, clocks that are set, floods.
"""
