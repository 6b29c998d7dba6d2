"""Administration: what somebody who administers may see and do, within the part that their roles give them.

Owns scopes over other rooms (whom a list may show, whom a verb may touch) and the verbs of administrators; views, the command line
and an API call the same. Never decides what a role allows (`policy.permissions`), never writes another room's tables.
"""
