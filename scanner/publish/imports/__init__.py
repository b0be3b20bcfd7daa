"""Lists of other publishers, read into what they would change here.

Every reader refuses a file that it does not understand whole: a list that is silently shorter
than its author meant would admit. Entries that the files no longer hold are taken out again,
which takes the curator's key, unless only adding was asked for.
"""
