"""Devices that wait for a person: the statements about them. Owns `device_codes`; never touches a grant, never commits."""
