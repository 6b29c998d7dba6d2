"""OAuth 2 and OpenID Connect: one file per specification, named for it; Authlib lives here and nowhere else.

Owns requests and answers of the protocol endpoints, tokens as text, discovery as the sum of its rooms.
Never touches Flask, a table, a password or a page.

To add a specification: write ``rfcNNNN_word.py`` with `SPEC`, ``metadata(conf)`` and, where Authlib dispatches it,
``register(server)``; list it in `idp.protocol.rooms.ROOMS`; write its tests beside the others in ``tests/protocol``.
"""
