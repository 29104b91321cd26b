"""For authors: the small exercises of lab 02, "Your turn"."""

QUESTIONS = ()
