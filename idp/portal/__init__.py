"""What start pages show beside people and clients.

Owns cards of applications (description, contact, logo), links to systems with accounts of their own, favourites, announcements.
Never decides who may use an application (`idp.policy.access`), never issues anything, knows no page.
"""
