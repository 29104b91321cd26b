"""Titles as people say them: not "Usual Suspects, The (1995)". For authors."""

import pandas as pd

ARTICLES = (
    *("The", "A", "An", "La", "Le", "Les", "Un", "Une", "Il", "Lo", "Gli", "El", "Los"),
    *("Las", "Una", "Der", "Die", "Das", "Ein", "Eine", "Den", "Det", "De", "Het", "O"),
    *("Os", "As", "I"),
)
"""What MovieLens moves behind a title, in the languages that occur there."""

_ELIDED = "L'|L’"
_YEAR = r"\s*\((\d{4})(?:\s*[-–]\s*(?:\d{4})?)?\)$"  # also "(2005-2009)" of a series


def clean_titles(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Titles with the article in front and without the year; years as Int64.

    A year counts when it stands in parentheses at the end; else it is missing. The
    article also moves inside parentheses: "(Cité des enfants perdus, La)".
    """
    text = raw.str.replace(r"\s+", " ", regex=True).str.strip()
    year = text.str.extract(_YEAR, expand=False).astype("float64").astype("Int64")
    title = text.str.replace(_YEAR, "", regex=True)
    for articles, gap in (("|".join(ARTICLES), " "), (_ELIDED, "")):
        before, inside = (
            rf"^(.+?), ({articles})(?= \(|$)",
            rf"\((a\.k\.a\. )?([^()]+), ({articles})\)",
        )
        title = title.str.replace(before, rf"\2{gap}\1", regex=True)
        title = title.str.replace(inside, rf"(\1\3{gap}\2)", regex=True)
    return title.astype("str"), year
