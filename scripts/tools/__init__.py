"""Commands, run by the Makefile's targets or by hand, and the modules they share."""
