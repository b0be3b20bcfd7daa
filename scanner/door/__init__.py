"""The door itself: wiring, loop and time; every rule lives in a room below.

`run` is the composition root of the daemon, `loop` what it does all day.
"""
