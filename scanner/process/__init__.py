"""Child processes of the door: how one is started, spoken to, and ended.

Whoever holds a camera, looks at hostile pictures or drives pins is a process of its own,
exec'ed and with one socket. What the messages mean is known to the rooms above.
"""
