"""Which client may exchange its people's tokens for whom. Owns `exchange_pairs`; never touches a token."""
