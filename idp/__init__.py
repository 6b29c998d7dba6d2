"""The single sign-on of North Sumatra: the map of the house.

Rooms by concern, floors by dependency; imports only go down (import-linter holds it).

floor  room          owns
10     app, cli      assembling the Flask application; the ``idp`` command
 9     web           HTTP: thin Flask views, forms, translations, static files
 8     wiring        one object per request that builds every service
 7     settings      the environment, checked: unsafe combinations refuse to start
 6     jobs          the worker: deliveries from the outbox, housekeeping
 5     protocol      OAuth 2 and OpenID Connect, one file per specification (Authlib lives here)
 5     administration  what an administrator may see and do, within their part: scope, people, help desk
 4     interaction   the dance between an accepted authorization request and its answer
 4     portal        the start page: cards of applications, links, favourites, announcements
 3     authn         how people prove who they are
 3     enforcement   which second factor is demanded of whom
 3     clients       the registered applications
 3     tokens        authorization grants, codes, refresh tokens
 2     directory     who people are and where they belong
 2     approvals     what needs a second person: asked, confirmed, carried out once
 2     keys          signing keys
 2     mail          the letters we send
 1     outbox        work promised in a transaction and done after it
 1     audit         the append-only record of what happened
 0     policy        pure decisions over frozen facts
 0     db            engine, unit of work, column types
 0     kernel        clock, randomness, sealing, errors, actors: no I/O, no nouns of ours
"""
