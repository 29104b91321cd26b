"""For authors: the small exercises of lab 04, "Your turn"."""

QUESTIONS = ()
