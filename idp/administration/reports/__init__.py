"""Figures over time: filled by the worker from the record and the accounts, so that a page reads a few hundred rows, never millions.

Owns the daily figures and the coverage of second factors. Never counts while somebody waits, and holds nothing about one person.
"""
