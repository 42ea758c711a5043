"""
Traces: what is traced, for which connections, and how it is written.  Pure.
"""
