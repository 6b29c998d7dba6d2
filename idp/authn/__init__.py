"""How people prove who they are: passwords, second factors, recovery, browser sessions, throttling.

Owns every secret a person proves with, and what a browser was given for it. Never touches OAuth, HTTP or mail servers,
and never decides which factor is demanded: it is told a rank.
"""
