"""Finding events: what is wanted, and reading it a page at a time. Reads only; who may read what is decided above."""
