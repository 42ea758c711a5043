"""
What is seen of a running stack: consoles and other logs, and the manhole.
"""
