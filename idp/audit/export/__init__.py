"""The record on its way out: lines that prove themselves, tables for spreadsheets, messages for collectors.

Owns formats. Everything streams: nothing here holds more than one seal's worth of events.
"""
