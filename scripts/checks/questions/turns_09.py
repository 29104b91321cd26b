"""For authors: the small exercises of lab 09, "Your turn"."""

QUESTIONS = ()
