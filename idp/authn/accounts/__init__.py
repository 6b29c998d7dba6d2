"""The account as the way in sees it: one read of all that a password sign-in asks."""
