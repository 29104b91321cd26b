"""For authors: the small exercises of lab 05, "Your turn"."""

QUESTIONS = ()
