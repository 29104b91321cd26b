"""Figures of lab 10: title and sentence say what their data say, whatever that is."""

from drawn import closed_figures, dots, lines, texts, title  # noqa: F401

from plots import newcomers as plots


def test_the_lines_run_from_known_to_new():
    """The two ends exchanged would show that new movies are easy."""
    errors = {"biases": (0.94, 1.03), "hybrid": (0.9, 0.99), "mf": (0.89, 1.03)}
    figure, sentence = plots.known_and_new(errors)
    assert title(figure) == "new movies: “hybrid” has the smallest error"
    assert lines(figure)["biases"] == [(0, 0.94), (1, 1.03)]
    assert sentence.endswith(
        "On known movies “mf” is lowest (0.890), on new ones “hybrid” (0.990 stars)."
    )


def test_both_winners_are_named():
    figure, sentence = plots.two_winners(
        {"a": (0.6, 0.1), "b": (0.5, 0.3), "c": (0, 0)}
    )
    assert title(figure) == "the liked: a; the watched: b"
    assert dots(figure)[0] == [(0.6, 0.1), (0.5, 0.3), (0, 0)]
    assert texts(figure) == ["a", "b", "c"]
    assert sentence.endswith("Furthest right is a, furthest up b; the others are c.")


def test_one_winner_of_both_is_said():
    figure, sentence = plots.two_winners({"a": (0.6, 0.4), "b": (0.5, 0.3)})
    assert title(figure) == "both: a"
    assert sentence.endswith("furthest up a; the others are b.")
