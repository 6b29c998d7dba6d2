"""The start page's own things: how applications present themselves, links to systems with accounts of their own, favourites, announcements.

Never decides who may use an application (`idp.policy.access`), never issues anything, knows no page.
"""
