"""The command line: one small module for each command, loaded when it is called.

A command is parse, call, show. It decides nothing, and it holds no sentence that is not in the
catalogue of texts.
"""
