"""The letters we send: what they say and how they leave. Owns templates/mail; never decides whom to tell, never keeps anything."""
