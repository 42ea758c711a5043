"""
The examples of docs/examples/extending: each is applied to a copy of the tree, built and tested, and thrown away.
"""
