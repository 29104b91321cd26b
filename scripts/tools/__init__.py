"""Commands: each module here is run by a target of the Makefile."""
