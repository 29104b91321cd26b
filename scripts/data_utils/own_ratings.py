"""Anyone's ratings: a CSV, TSV or Parquet file as the two tables of the course.

For students who bring their own data, and for everyone who wants to see what has to be
decided before a table of ratings is one: which column is which, what an id is, what a
repeated pair means.
"""

import csv
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd

from .archives import HOME
from .errors import DatasetUnavailable

Tables = tuple[pd.DataFrame, pd.DataFrame]

USUAL_NAMES = {
    "user": "user userid uid reader readerid customer customerid member listener "
    "player reviewer reviewerid visitor visitorid account person",
    "item": "item itemid movie movieid book bookid isbn product productid asin track "
    "trackid song songid artist artistid recipe recipeid anime animeid game gameid",
    "rating": "rating ratings stars score value overall weight count counts plays "
    "playcount hours quantity",
    "time": "timestamp time date datetime ratedat createdat unixreviewtime",
    "title": "title name itemname movietitle booktitle itemtitle",
}
"""Names by which a column is guessed, without case, spaces and underscores."""

MILLISECONDS_FROM = 1e11
"""Seconds reach this number in the year 5138; milliseconds did in 1973."""

LATEST = 2.0**53  # seconds; beyond it a float does not hold each whole number


class UnreadableRatings(DatasetUnavailable):
    """The file is not a table of ratings; the message says what is missing."""

    why = "the file is not a table of ratings"


def load_ratings(
    path: str | Path,
    user: str | None = None,
    item: str | None = None,
    rating: str | None = None,
    time: str | None = None,
    title: str | None = None,
) -> Tables:
    """The tables `(ratings, movies)` of a CSV, TSV or Parquet file of your own.

    `user`, `item`, `rating`, `time`, `title` name the file's columns; those that are
    not given are guessed, and a printed line says which were taken. Without a column
    for the rating every row counts as one event, and a pair's rating is its number of
    rows. Ids may be numbers or text; times may be seconds, milliseconds or dates.

    `ratings` has `user_id, item_id, rating` and, where the file has times, `timestamp`
    (seconds since 1970); `movies` has one row per item: `item_id, title, year, genres`,
    the title being the id where the file has none, year and genres empty.

    Rows without a user, an item, a number as the rating or a readable time are left
    out. Where a pair is rated more than once, the latest rating is kept, or the last in
    the file where there are no times. Each of these is counted and said. Raises
    `UnreadableRatings` for a file that cannot be read, for columns that cannot be found
    and for a table of which nothing is left.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "books.csv"
    ...     _ = file.write_text("reader,book,score\\nann,emma,9\\nbob,emma,4\\n")
    ...     ratings, books = load_ratings(file)
    Columns: user = reader, item = book, rating = score; no time, no title.
    >>> ratings.values.tolist()
    [['ann', 'emma', 9.0], ['bob', 'emma', 4.0]]
    """
    path = Path(path).expanduser()
    table = _read(path)
    given = {"user": user, "item": item, "rating": rating, "time": time, "title": title}
    columns = _columns(table, given, path)
    _say_columns(columns)
    ratings = pd.DataFrame(
        {
            "user_id": _ids(table[columns["user"]]),
            "item_id": _ids(table[columns["item"]]),
        }
    )
    if columns["rating"] is not None:
        ratings["rating"] = _numbers(table[columns["rating"]])
    if columns["time"] is not None:
        ratings["timestamp"] = _seconds(table[columns["time"]])
    if columns["title"] is not None:
        ratings["title"] = table[columns["title"]]
    ratings = _whole_rows(ratings, path)
    ratings = _one_per_pair(ratings, counted=columns["rating"] is None)
    return _two_tables(ratings)


def own_file(name: str) -> Path | None:
    """The file of this name, seen from the working directory or from the project's."""
    named = Path(os.path.expanduser(name))
    both = (named, HOME / named)
    return next((path.resolve() for path in both if path.is_file()), None)


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise UnreadableRatings(
            f"There is no file {path}. Give the path of a CSV, TSV or Parquet file; a "
            "relative path counts from the folder that the notebook runs in."
        )
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return _read_parquet(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
        separator = _separator(head)
        _check_text(path, head, separator)
        # Universal line ends: where lines end in "\r", pandas itself loses some.
        with path.open(encoding="utf-8-sig") as file:
            table = pd.read_csv(
                file,
                sep=separator,
                dtype="str",
                keep_default_na=False,
                skipinitialspace=True,
            )
        # pandas takes a field that no name stands over for a name of the row.
        if type(table.index) is not pd.RangeIndex:
            raise pd.errors.ParserError("its rows have more fields than its first line")
        return table
    except ImportError as error:
        raise UnreadableRatings(
            f"Reading {path.name} needs the package pyarrow: install it by "
            "`pip install -r requirements-parquet.txt`, or save the table as CSV."
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableRatings(
            f"{path.name} is not UTF-8 text (byte {error.start:,}). Save it as CSV "
            "with the encoding UTF-8."
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise UnreadableRatings(
            f"{path.name} cannot be read as a table: {error}. Each line needs the same "
            "number of fields, and the first one names the columns."
        ) from error
    except (OSError, ValueError) as error:
        raise UnreadableRatings(
            f"{path.name} cannot be read ({error}). Is it what its name says, and may "
            "you open it?"
        ) from error


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (ImportError, OSError):
        raise
    except Exception as error:  # what is wrong in its notes has many names
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _check_text(path: Path, head: str, separator: str) -> None:
    """What pandas would read in a way of its own. Raises `UnreadableRatings`."""
    names = next(csv.reader([head], delimiter=separator, skipinitialspace=True), [])
    names = [name.strip() for name in names if name.strip()]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UnreadableRatings(
            f"{path.name} has {names.count(twice[0])} columns named {twice[0]!r}. Give "
            "each column a name of its own in the first line."
        )
    with path.open("rb") as file:
        if any(b"\0" in part for part in iter(lambda: file.read(2**20), b"")):
            raise UnreadableRatings(
                f"{path.name} holds zero bytes, which no text has: it was damaged, or "
                "it is not what its name says. Save it as CSV with the encoding UTF-8."
            )


def _separator(head: str) -> str:
    """The one of tab, semicolon, bar and comma that splits the first line most."""
    return max("\t;|,", key=lambda sign: (head.count(sign), sign == ","))


def _columns(table: pd.DataFrame, given: dict, path: Path) -> dict[str, str | None]:
    plain = {re.sub(r"[^a-z]", "", str(name).lower()): name for name in table.columns}
    there = ", ".join(map(str, table.columns))
    found = {}
    for role, name in given.items():
        if name is not None and name not in table.columns:
            raise UnreadableRatings(
                f"{path.name} has no column {name!r} for {role}=; it has: {there}."
            )
        usual = USUAL_NAMES[role].split()
        guesses = [plain[n] for n in usual if n in plain]
        guesses = [n for n in guesses if n not in [*found.values(), *given.values()]]
        found[role] = name if name is not None else next(iter(guesses), None)
    for role in ("user", "item"):
        if found[role] is None:
            raise UnreadableRatings(
                f"Which column of {path.name} holds the {role}s? Its columns are: "
                f"{there}. Name it: load_ratings(path, {role}=…)."
            )
    return found


def _say_columns(columns: dict[str, str | None]) -> None:
    taken = [f"{role} = {name}" for role, name in columns.items() if name is not None]
    lacking = [f"no {role}" for role, name in columns.items() if name is None]
    end = f"; {', '.join(lacking)}." if lacking else "."
    print(f"Columns: {', '.join(taken)}{end}")


def _ids(column: pd.Series) -> pd.Series:
    """Whole numbers as int64 where all are; else text, stripped; missing stays so."""
    if pd.api.types.is_integer_dtype(column) and not column.isna().any():
        return column.astype("int64")
    text = column.astype("str").str.strip()
    text = text.mask(column.isna() | (text == "") | text.str.lower().isin(["nan"]))
    # "007" is not 7: leading zeros mean something to whoever wrote them.
    numbers = text.dropna().str.fullmatch(r"-?(0|[1-9][0-9]{0,17})(\.0)?")
    if len(numbers) and numbers.all():
        # Not by way of a float, which has no more than 15 digits.
        whole = text.dropna().str.removesuffix(".0").map(int)
        return whole.astype("Int64").reindex(text.index)
    return text


def _numbers(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column, errors="coerce").astype("float64")


def _seconds(column: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        dates = column.astype("datetime64[s, UTC]" if column.dt.tz else "datetime64[s]")
        return dates.astype("int64").where(column.notna())
    numbers = _numbers(column)
    if numbers.notna().mean() > 0.5:
        # The median: one wrong time must not turn all others into 1970.
        milliseconds = numbers.abs().median() > MILLISECONDS_FROM
        seconds = numbers // 1000 if milliseconds else numbers // 1
        return seconds.where(seconds.abs() < LATEST)
    dates = pd.to_datetime(column, errors="coerce", utc=True, format="mixed")
    # Whole seconds hold all years; nanoseconds end with the year 2262.
    return dates.astype("datetime64[s, UTC]").astype("int64").where(dates.notna())


def _whole_rows(ratings: pd.DataFrame, path: Path) -> pd.DataFrame:
    numbers = [name for name in ("rating", "timestamp") if name in ratings]
    needed = ["user_id", "item_id", *numbers]
    whole = ratings[needed].notna().all(axis=1)
    for name in numbers:
        whole &= np.isfinite(ratings[name].astype("float64").fillna(np.nan))
    if not whole.any():
        raise UnreadableRatings(
            f"{path.name} has {len(ratings):,} rows, and none with all of "
            f"{', '.join(needed)}. Are the columns the right ones? Name them: "
            "load_ratings(path, user=…, item=…, rating=…)."
        )
    if not whole.all():
        print(
            f"{int((~whole).sum()):,} of {len(ratings):,} rows lack a user, an item, a "
            "number as the rating or a readable time; they are left out."
        )
    ratings = ratings[whole]
    types = {"rating": "float64", "timestamp": "int64"}
    types |= {
        name: "int64"
        for name in ("user_id", "item_id")
        if ratings[name].dtype == "Int64"
    }
    return ratings.astype({n: t for n, t in types.items() if n in ratings})


def _one_per_pair(ratings: pd.DataFrame, counted: bool) -> pd.DataFrame:
    pair = ["user_id", "item_id"]
    again = int(ratings.duplicated(pair).sum())
    if counted:
        size = ratings.groupby(pair)["user_id"].transform("size")
        ratings = ratings.assign(rating=size.astype("float64"))
        print("No column for the rating: a pair's rating is its number of rows.")
    if again:
        timed = "timestamp" in ratings
        if not counted:
            kept = "the latest" if timed else "the last in the file"
            print(f"{again:,} rows rate a pair once more; {kept} of each is kept.")
        if timed:
            ratings = ratings.sort_values("timestamp", kind="stable")
        ratings = ratings.drop_duplicates(pair, keep="last").sort_index()
    return ratings.reset_index(drop=True)


def _two_tables(ratings: pd.DataFrame) -> Tables:
    items = ratings.drop_duplicates("item_id").sort_values("item_id")
    label = "item " + items["item_id"].astype("str")
    if not pd.api.types.is_integer_dtype(items["item_id"]):
        label = items["item_id"].astype("str")
    title = label
    if "title" in items:
        written = items["title"].astype("str").str.strip()
        title = written.mask(items["title"].isna() | (written == ""), label)
    movies = pd.DataFrame(
        {
            "item_id": items["item_id"],
            "title": title.astype("str"),
            "year": pd.array([pd.NA] * len(items), dtype="Int64"),
            "genres": pd.Series("", index=items.index, dtype="str"),
        }
    ).reset_index(drop=True)
    order = ["user_id", "item_id", "rating", "timestamp"]
    return ratings[[name for name in order if name in ratings]], movies
