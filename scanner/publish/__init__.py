"""The operator's side: make and sign a feed, and issue passes for rehearsals and venues.

Nothing at the door imports this room. Keys of a feed lie where the operator says and never in
its repository; those of rehearsal issuers are made in memory and never written.
"""
