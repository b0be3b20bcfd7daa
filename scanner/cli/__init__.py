"""What a technician types: parse, call a room, print. No logic lives here.

Exit codes of every command: 0 done, all admit; 1 another verdict, or a finding; 2 wrong
usage, configuration, or unreadable trust, rules or revoked file; 3 any fault; 4 not
permitted.
"""
