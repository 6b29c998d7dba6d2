"""The demonstration: the provider, two regional applications and a mail catcher on one machine, with one command.

Owns the demo people, the two relying parties (real OpenID Connect clients on Authlib's client library) and the journey that
`make demo DEMO_ARGS=--check` walks by itself. It talks to the provider as the outside world does (HTTP and the `idp` command);
only `demo.seed` calls the services of `idp` directly, to fill the database quickly. Nothing in `idp` knows of it.
"""
