"""
The administration of a running stack: vocabulary, both ends and who may use it.
"""
