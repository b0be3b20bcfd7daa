"""The operator's side: issue passes, for rehearsals and for a venue of its own.

Nothing at the door imports this room. Keys are made in memory and never written.
"""
