"""A regional application that signs its users in with the provider: the example that `docs/developers.md` explains.

`app.py` assembles it, `sign_in.py` is the whole OpenID Connect part a browser sees, `backchannel.py` verifies logout tokens,
`visits.py` keeps who is signed in on the server, `showcase.py` is the make-believe business of the two applications.
"""
