"""For authors: the small exercises of lab 03, "Your turn"."""

QUESTIONS = ()
