"""Commands, run by the Makefile's targets or by hand, and the modules they share."""

import sys

# A console, of Windows above all, may lack a sign or a learner's name: it shows "?".
if hasattr(sys.stdout, "reconfigure"):
    sys.stdout.reconfigure(errors="replace")
