"""What a table of ratings must have. For everyone whose function takes one."""

COLUMNS = ("user_id", "item_id", "rating")


def check_columns(ratings, *also: str) -> None:
    """Raise `ValueError` where a table lacks one of `COLUMNS` or of the columns `also`.

    `timestamp` is asked for only where time is used.
    """
    needed = (*COLUMNS, *also)
    lacking = [name for name in needed if name not in getattr(ratings, "columns", ())]
    if lacking:
        raise ValueError(
            f"A ratings table needs the columns {', '.join(needed)} here; this "
            f"{type(ratings).__name__} lacks {', '.join(lacking)}. "
            "download_movielens() returns a table that has them."
        )


def check_ratings(ratings, *also: str, at_least: int = 1) -> None:
    """The same, and `ValueError` for a table with fewer than `at_least` rows."""
    check_columns(ratings, *also)
    if len(ratings) < at_least:
        needed = "one is" if at_least == 1 else f"{at_least} are"
        raise ValueError(
            f"The ratings table has {len(ratings):,} rows; at least {needed} needed. "
            "Check the filter that made it."
        )
