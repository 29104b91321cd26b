"""For authors: the small exercises of lab 01, "Your turn"."""

QUESTIONS = ()
