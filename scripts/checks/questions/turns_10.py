"""For authors: the small exercises of lab 10, "Your turn"."""

QUESTIONS = ()
