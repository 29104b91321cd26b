"""For authors: the small exercises of lab 12, "Your turn"."""

QUESTIONS = ()
