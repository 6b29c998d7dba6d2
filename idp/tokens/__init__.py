"""What was granted to whom: grants, their codes, the refresh generations that follow, and what was taken back.

Owns the grant row (which is the code's row and the refresh family's row at once), the memory of revoked token
identifiers and of used assertions. Knows no HTTP, signs nothing, decides nothing about people.
"""
