"""For authors: the small exercises of lab 08, "Your turn"."""

QUESTIONS = ()
