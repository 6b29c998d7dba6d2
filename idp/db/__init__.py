"""The database: engine, unit of work, column types.

Owns how we reach a database (embedded SQLite or PostgreSQL). Knows no table of any room.
"""
