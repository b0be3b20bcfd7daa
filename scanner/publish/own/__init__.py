"""The venue issues its own passes: a key, numbers that are given once, codes, pictures, sheets.

The format itself is `scanner.passes.own`. The key is made here and stays off the door.
"""
