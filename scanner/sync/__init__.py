"""Bytes from outside to the inbox, and from the inbox to what the door believes.

Two processes that share only the inbox: the courier has a network and may not write what the
door believes; whoever accepts has no network and trusts nothing that the courier brought.
"""
