"""What there is to play with, without a browser: the plain versions and the numbers."""

import json
import re
import time

import numpy as np
import pandas as pd
import pytest
import torch

from data_utils import RatingsDataset, train_test_split_by_time
from models import ALS, BayesianMF
from play import (
    drag_cut,
    drag_viewer,
    movie_map,
    posterior_draws,
    rate_movies,
    rating,
    training_curves,
)
from play.cuts import SHARES, date_of
from play.draws import MOST_DRAWS, page_of_draws
from play.page import COLOURS, TEMPLATES, as_json
from play.rating import _signs, levels_of
from play.viewer import predicted_stars
from recommend import fold_in
from title_search import UnknownTitle, label_movies

EVIL = "</script><b>Bold</b>"
HANDS = {"Alien": (1.0, -0.4), EVIL: (-0.5, 1.0)}


@pytest.fixture(scope="module")
def world(small_world):
    train = RatingsDataset.fit(small_world.ratings)
    return ALS(4, epochs=5).fit(train), train, small_world.movies


def some_movies(number):
    titles = [EVIL, *(f"The Long Title of Movie {i}" for i in range(1, number))]
    genres = [["Drama", "Comedy|War", ""][i % 3] for i in range(number)]
    return pd.DataFrame({"title": titles, "year": 1990, "genres": genres})


def a_map(number):
    points = np.random.default_rng(0).normal(size=(number, 2))
    return movie_map(points, some_movies(number), np.arange(number), key="a-map")


PAGES = {
    "viewer": lambda: drag_viewer(HANDS, (0.6, 0.9), ("tense", "mild"), "a-viewer"),
    "map": lambda: a_map(30),
    "curves": lambda: training_curves({EVIL: ([2.0, 1.0], [2.0, 1.5])}, "a-slider"),
    "cuts": lambda: drag_cut(dated_ratings(), "a-cut"),
    "draws": lambda: page_of_draws([EVIL, "Heat"], [[4, 3], [4.4, 2]], "some-draws"),
}
every_page = pytest.mark.parametrize("kind", PAGES)
page_of_titles = pytest.mark.parametrize("kind", sorted({*PAGES} - {"cuts"}))


def dated_ratings():
    rng = np.random.default_rng(0)
    users = np.sort(rng.integers(0, 30, 400))
    days = users + rng.integers(0, 20, 400)  # who comes later has a higher number
    table = pd.DataFrame({"user_id": users, "item_id": rng.integers(0, 50, 400)})
    return table.assign(rating=4.0, timestamp=86_400 * days)


def data_of(page):
    return json.loads(re.search(r'application/json">(.*?)</script>', page.html)[1])


@every_page
def test_a_page_is_the_same_in_each_build(kind):
    """An author would see a changed notebook after every build."""
    assert PAGES[kind]() == PAGES[kind]()


@every_page
def test_a_page_needs_no_network(kind):
    """In a classroom without internet it would stay empty."""
    page = PAGES[kind]().html
    assert re.findall(r"https?://[^\"' ]+", page) in (
        [],
        ["http://www.w3.org/2000/svg"],
    )
    assert not re.search(r"\b(?:src|href)=|@import|\bfetch\(|import\(", page)


@page_of_titles
def test_a_title_cannot_end_the_script(kind):
    """A title with a tag in it would break the page, or run as a script."""
    page = PAGES[kind]()
    assert "<b>" not in page.html
    assert EVIL in json.dumps(data_of(page))
    assert set(page._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_json_in_a_script_reads_back():
    odd = ["</script>", "<!--", "&amp;", "\u2028", "ü"]
    assert json.loads(as_json(odd)) == odd
    assert not set(as_json(odd)) & set("<>&\u2028")
    assert as_json({"ü": [1, 2]}) == '{"ü":[1,2]}'  # a page has a size to keep
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json([float("nan")])  # no browser reads it


def test_a_key_that_cannot_be_written_into_a_page_is_refused():
    with pytest.raises(ValueError, match="small letters, digits and dashes"):
        training_curves({"0": ([1.0], [1.0])}, key='"><b>')


def luminance(colour):
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


@pytest.mark.parametrize("paper", ["#ffffff", "#212121", "#111111"])
def test_colours_stand_out_on_light_and_dark(paper):
    """Shapes need 3 to 1 (WCAG 2.2, 1.4.11), in both themes of JupyterLab."""
    for name, colour in COLOURS.items():
        dark, light = sorted([luminance(colour), luminance(paper)])
        assert (light + 0.05) / (dark + 0.05) >= 3, name


def test_styles_and_scripts_use_these_colours_alone():
    """A colour of its own might be legible in one theme only."""
    known = {*COLOURS.values(), "#222", "#fff"}  # the last two: a tip has its own paper
    for file in TEMPLATES.iterdir():
        found = re.findall(r"#[0-9a-f]{3,6}\b(?![^{;]*\{)", file.read_text("utf-8"))
        assert {*found} <= known, file.name


def test_stars_of_the_viewer_are_the_dot_product():
    """Lab 02 teaches this sum."""
    page = drag_viewer(HANDS, (0.6, 0.9), ("tense", "mild"), "a-viewer")
    by_hand = 3 + np.array([*HANDS.values()]) @ (0.6, 0.9)
    found = [predicted_stars((0.6, 0.9), movie) for movie in HANDS.values()]
    assert found == pytest.approx(by_hand)
    for stars in by_hand:
        assert f"<td>{stars:.2f}</td>" in page.html


def test_arrows_without_a_script_point_where_the_table_says():
    """On a printed page the picture would show another viewer than the numbers."""
    page = drag_viewer(HANDS, (0.6, 0.9), ("tense", "mild"), "a-viewer")
    ends = re.findall(r'x1="200" y1="200" x2="([\d.]+)" y2="([\d.]+)"', page.html)
    wanted = [
        (200 + 200 * x / 1.5, 200 - 200 * y / 1.5)
        for x, y in [*HANDS.values(), (0.6, 0.9)]
    ]
    np.testing.assert_allclose(np.array(ends, dtype=float), wanted, atol=0.06)
    assert "<caption>The viewer: 0.60 tense, 0.90 mild</caption>" in page.html


def test_an_arrow_out_of_reach_is_refused():
    for arrow in ((9, 0), (0, -1.6), (1, 1, 1)):
        words = re.escape(f"The arrow of Jaws is {arrow}, but must be two numbers from")
        with pytest.raises(ValueError, match=f"{words} -1.5 to 1.5"):
            drag_viewer({"Jaws": arrow}, (0, 0), ("a", "b"), "a-viewer")
    page = drag_viewer({"Jaws": (1.5, -1.5)}, (0, 0), ("a", "b"), "a-viewer")
    assert data_of(page)["movies"] == [["Jaws", 1.5, -1.5]]


def test_a_map_of_many_movies_stays_small():
    """A notebook may have a megabyte in all."""
    page = a_map(5000)
    assert len(page.html.encode()) < 200_000
    assert page.text.startswith("A map of 3,000 movies")
    assert len(data_of(page)["movies"]) == 3000


def test_every_dot_has_its_movie_and_lies_in_the_picture():
    """A title would stand at another movie's dot."""
    page = a_map(30)
    data = data_of(page)
    dots = re.findall(r"M(-?\d+) (-?\d+)h0", page.html)
    assert len(dots) == len(data["movies"]) == len(data["group"]) == 30
    points = np.random.default_rng(0).normal(size=(30, 2))
    places = np.array(dots, dtype=float)
    for (title, *_), place in zip(data["movies"], places, strict=True):
        row = some_movies(30)["title"].tolist().index(title)
        gaps = np.linalg.norm(points - points[row], axis=1)
        others = np.linalg.norm(places - place, axis=1)
        assert np.argsort(gaps)[-1] == some_movies(30)["title"].tolist().index(
            data["movies"][int(others.argmax())][0]
        )
    assert (places >= 0).all()
    assert (places <= (data["width"], data["height"])).all()


@pytest.mark.parametrize(
    ("upper", "height", "places"),
    [
        ((1, 0.5), 520, [(20, 500), (980, 20)]),
        ((1, 0.1), 450, [(20, 273), (980, 177)]),  # wide: as high as it must be
        ((1, 2), 800, [(308, 784), (692, 16)]),  # tall: as high as it may be
    ],
)
def test_both_axes_of_a_map_have_one_scale(upper, height, places):
    """Distances mean likeness: a stretched map would show neighbours that are none."""
    points = np.array([(3, 5), (3 + upper[0], 5 + upper[1])])
    page = movie_map(points, some_movies(2), np.array([2, 1]), key="a-map")
    assert (data_of(page)["width"], data_of(page)["height"]) == (1000, height)
    assert f'viewBox="0 0 1000 {height}"' in page.html
    dots = re.findall(r"M(-?\d+) (-?\d+)h0", page.html)
    assert sorted((int(x), int(y)) for x, y in dots) == places


def test_the_six_most_frequent_genres_have_colours_and_the_rest_is_grey():
    """The legend would name colours that no dot has."""
    often = {f"Genre {g}": 9 - g for g in range(8)}
    genres = [name for name, n in often.items() for _ in range(n)] + [""]
    table = pd.DataFrame({"title": [f"M{i}" for i in range(len(genres))]})
    table = table.assign(year=1990.0, genres=genres)
    table.loc[0, "year"] = np.nan
    counts = np.arange(len(table))[::-1]
    page = movie_map(np.eye(len(table))[:, :2], table, counts, key="a-map")
    data = data_of(page)
    looks = ["blue", "vermilion", "green", "purple", "orange", "sky"]
    named = [f"Genre {g}" for g in range(6)]
    wanted = [[name, COLOURS[look]] for name, look in zip(named, looks, strict=True)]
    assert data["groups"] == [*wanted, ["other", COLOURS["grey"]]]
    for (title, *_), group in zip(data["movies"], data["group"], strict=True):
        genre = genres[int(title[1:])]
        assert int(group) == (named.index(genre) if genre in named else 6)
    assert re.findall(r'stroke="(#\w+)"', page.html) == [c for _, c in data["groups"]]
    said = ", ".join(f"{n} {look}" for n, look in zip(named, looks, strict=True))
    assert f"coloured by their rarest genre: {said}, other grey." in page.html
    years = {title: year for title, year, *_ in data["movies"]}
    assert (years["M0"], years["M1"]) == (None, 1990)
    assert page.text.splitlines()[2:4] == [
        f"M0           {len(table) - 1}",
        f"M1     1990  {len(table) - 2}",
    ]
    few = movie_map(np.eye(3)[:, :2], table.iloc[[0, 1, -1]], [3, 2, 1], key="a-map")
    assert (data_of(few)["group"], len(data_of(few)["groups"])) == ("001", 2)
    three = table.iloc[:3].assign(genres=["A", "A", "A|B"])
    groups = data_of(movie_map(np.eye(3)[:, :2], three, [3, 2, 1], key="a-map"))
    assert [name for name, _ in groups["groups"]] == ["A", "B", "other"]
    assert groups["group"] == "001"  # a movie of both is drawn as the rarer


@pytest.mark.parametrize(
    ("points", "counts", "said"),
    [
        (np.zeros((0, 2)), [], "do not fit 3 movies"),
        (np.zeros((2, 2)), [1, 2, 3], "do not fit 3 movies"),
        (np.full((3, 2), np.nan), [1, 2, 3], "may not hold NaN"),
        (np.zeros((3, 2)), [1, 2], "needs one count"),
    ],
)
def test_a_map_of_what_does_not_match_is_refused(points, counts, said):
    with pytest.raises(ValueError, match=said):
        movie_map(points, some_movies(3), np.array(counts), key="a-map")


def test_movies_at_one_place_are_still_a_map():
    page = movie_map(np.ones((3, 2)), some_movies(3), np.ones(3), key="a-map")
    assert page.html.count("M500 225h0") == 3


def test_the_table_has_the_best_and_the_last_epoch_of_each_curve():
    """Lab 03 stops at the best epoch, and compares it with the last."""
    curves = {"0": ([3.0, 2.0, 1 / 3], [3.0, 4 / 3, 2.0]), "9": ([3.0], [3.0])}
    page = training_curves(curves, "a-slider", name="λ")
    rows = [line.split() for line in page.text.splitlines()[1:]]
    assert rows == [["0", "2", "1.333", "2.000"], ["9", "1", "3.000", "3.000"]]
    data = data_of(page)
    assert data["train"][0] == [3.0, 2.0, 0.33333]
    assert data["validation"][0] == [3.0, 1.33333, 2.0]
    assert "<caption>On validation data</caption>" in page.html


@pytest.mark.parametrize(
    ("curves", "said"),
    [({}, "no curves"), ({"0": ([1.0], [])}, "1 training errors and 0 validation")],
)
def test_curves_that_cannot_be_drawn_are_refused(curves, said):
    with pytest.raises(ValueError, match=said):
        training_curves(curves, key="a-slider")


def test_a_date_that_is_dragged_makes_the_split_of_the_library():
    """Lab 01 prints the same shares from the library's splits."""
    ratings, data = dated_ratings(), data_of(PAGES["cuts"]())
    days = ratings["timestamp"] - ratings["timestamp"].min()
    days = days / days.max()
    for share, row, place in zip(SHARES, data["rows"], data["at"], strict=True):
        _, test, report = train_test_split_by_time(ratings, share)
        assert row[1] == f"{len(test):,}"
        assert row[2].startswith(f"{report.cold_users:,} of")
        assert row[3] == f"{report.cold_rating_share:.0%}"
        assert place == pytest.approx(days[test.index].min(), abs=1e-4)
    assert data["rows"][data["start"]][1] == "80"  # a fifth, as in the text
    assert list(SHARES) == [n / 20 for n in range(18, 1, -1)]
    first, last = (date_of(ratings["timestamp"].agg(end)) for end in ("min", "max"))
    assert data["ends"] == [first, last]
    assert len(data["bars"]) == 24
    assert data["at"] == [round(place, 5) for place in data["at"]]


def test_the_bars_hold_every_rating_once():
    """A bar that is cut in three would otherwise change its height."""
    data = data_of(PAGES["cuts"]())
    assert sum(data["bars"]) == 400
    for row, known, cold in zip(data["rows"], data["known"], data["cold"], strict=True):
        tested = np.add(known, cold)
        assert tested.sum() == int(row[1])
        assert (tested <= data["bars"]).all()
        assert f"{sum(cold) / tested.sum():.0%}" == row[3]


def test_ratings_of_one_second_can_be_cut_too():
    """A table that was filled in one go has a single date."""
    data = data_of(drag_cut(dated_ratings().assign(timestamp=86_400), "a-cut"))
    assert set(data["at"]) == {0}
    assert {date for date, *_ in data["rows"]} == {"2 January 1970"}


def test_ratings_without_dates_are_refused():
    with pytest.raises(ValueError, match="timestamp"):
        drag_cut(dated_ratings().drop(columns="timestamp"), "a-cut")


def test_without_a_script_the_table_says_what_all_draws_give():
    """Lab 08 calls this standard deviation the spread, as `BayesianMF.predict` does."""
    draws = np.random.default_rng(0).normal(3, 0.5, size=(7, 2))
    page = page_of_draws(["Heat", "Alien"], draws, "some-draws")
    for movie in range(2):
        one = draws[:, movie]
        cells = one[-1], one.sum() / 7, ((one - one.mean()) ** 2).mean() ** 0.5
        assert "".join(f"<td>{stars:.2f}</td>" for stars in cells) in page.html


@pytest.mark.parametrize(
    ("draws", "said"),
    [
        (np.zeros((4, 3)), r"shape \(4, 3\) do not fit 2 titles"),
        (np.zeros((0, 2)), r"shape \(0, 2\)"),
        ([3.0, 4.0], r"shape \(2,\)"),
        ([[3.0, np.nan]], "NaN or infinity"),
    ],
)
def test_draws_that_cannot_be_shown_are_refused(draws, said):
    with pytest.raises(ValueError, match=said):
        page_of_draws(["Heat", "Alien"], draws, "some-draws")


def test_draws_are_the_predictions_of_the_samples_for_movies_not_rated(world):
    """Another user's draws, or a movie whose stars are known, would mislead."""
    _, train, movies = world
    model = BayesianMF(2, epochs=12, burn_in=4).fit(train)
    page = posterior_draws(model.samples, train, movies, user=3, key="some-draws")
    data, counts = data_of(page), train.items.bincount(minlength=train.n_items)
    labels = label_movies(movies).tolist()
    raw = [
        movies["item_id"][labels.index(t.rpartition(",")[0])] for t in data["titles"]
    ]
    items = torch.as_tensor(train.item_ids.encode(raw))
    assert len(items) == 5
    seen = train.items[train.users == 3]
    assert not set(items.tolist()) & set(seen.tolist())
    shown = [int(title.rpartition(", ")[2].split()[0]) for title in data["titles"]]
    assert shown == counts[items].tolist()
    unseen = counts[~torch.isin(torch.arange(train.n_items), seen)]
    unseen = unseen.sort(descending=True).values
    squares = (torch.arange(5) / 4) ** 2 * (len(unseen) - 1)
    assert shown == unseen[squares.int()].tolist()
    assert shown == sorted(shown, reverse=True)
    assert shown[0] > shown[-1]
    wanted = [s.predict([3] * 5, items).tolist() for s in model.samples]
    np.testing.assert_allclose(data["draws"], wanted, atol=1e-4)
    mean, spread = model.predict([3] * 5, items, return_std=True)
    rows = [line.split()[-2:] for line in page.text.splitlines()[1:]]
    both = torch.stack([mean, spread], dim=1).numpy()
    np.testing.assert_allclose(np.array(rows, dtype=float), both, atol=0.006)


def test_titles_of_draws_say_how_well_known_a_movie_is():
    """Each label is read aloud, and one without a title has its number."""
    rows = [(1, 7), (2, 8), (3, 8), (2, 9), (3, 9), (4, 9), (2, 10)]
    ratings = pd.DataFrame(rows, columns=["user_id", "item_id"]).assign(rating=4.0)
    train = RatingsDataset.fit(ratings)
    movies = pd.DataFrame({"item_id": [8, 9], "title": ["Heat", "Emma"], "year": 1995})
    tables = ALS(1).fit(train).tables()
    page = posterior_draws([tables], train, movies, 0, "some-draws")
    assert data_of(page)["titles"] == [
        "Emma (1995), 3 ratings",
        "Heat (1995), 2 ratings",
        "movie 10, 1 rating",
    ]


def test_many_draws_are_thinned_evenly(world):
    """A minute of waiting for the last draw, and a page that is too large."""
    model, train, movies = world
    samples = [
        model.tables()._replace(mean=float(n)) for n in range(2 * MOST_DRAWS + 1)
    ]
    page = posterior_draws(samples, train, movies, user=0, key="some-draws")
    first = np.array(data_of(page)["draws"])[:, 0]
    assert len(first) <= MOST_DRAWS <= 40
    np.testing.assert_allclose(np.diff(first), 3, atol=1e-3)


def test_a_user_who_has_rated_every_movie_has_no_draws_to_show(world):
    movies = world[-1]
    everything = pd.DataFrame({"user_id": 1, "item_id": [1, 2], "rating": [3.0, 4.0]})
    with pytest.raises(ValueError, match="User 0 has rated every movie"):
        posterior_draws([], RatingsDataset.fit(everything), movies, 0, "some-draws")


def test_a_dictionary_of_stars_does_what_clicks_do(world):
    """Where nothing can be clicked, on GitHub or in print, the same list is shown."""
    model, train, movies = world
    clicked = rate_movies(model, train, movies, n_movies=5)
    clicked.rate(3, 5.0)
    clicked.rate(8, 1.0)
    given = rate_movies(model, train, movies, clicked.ratings)
    assert given.new.drop(columns="reason").equals(clicked.new.drop(columns="reason"))
    you = fold_in(model, train, movies, clicked.ratings)
    scores = you.scores()
    items = train.item_ids.encode(given.new.index)
    assert given.new["predicted"].tolist() == pytest.approx(scores[items].tolist())
    assert not set(given.ratings) & set(given._html().split("<td>"))


def test_a_reason_is_the_rating_that_adds_most(world):
    model, train, movies = world
    page = rate_movies(model, train, movies)
    for item, stars in [(3, 5.0), (8, 1.0), (20, 4.0)]:
        page.rate(item, stars)
    you = fold_in(model, train, movies, page.ratings)
    first = int(train.item_ids.encode(page.new.index[:1])[0])
    parts = you.contributions(first)
    title = [*page.ratings][int(parts.argmax())]
    assert page.new["reason"].iloc[0] == f"{title}, {parts.max().item():+.2f}"


def test_no_rating_is_given_as_a_reason_that_lowers_a_prediction(world):
    """A list that says "because of" what speaks against it is not believed."""
    model, train, movies = world
    page = rate_movies(model, train, movies, top_k=train.n_items)
    assert set(page.new["reason"]) == {"liked by most who rated it"}
    assert "this is the list for an average user" in repr(page)
    page.rate(3, 5.0)
    you = fold_in(model, train, movies, page.ratings)
    assert "From your 1 rating:" in page._html()
    items = train.item_ids.encode(page.new.index)
    small = 0
    for item, reason in zip(items.tolist(), page.new["reason"], strict=True):
        part = you.contributions(item).max().item()
        title = page.ratings.copy().popitem()[0]
        assert reason == (f"{title}, {part:+.2f}" if part > 0 else "no rating of yours")
        small += 0 < part < 1
    assert small > 0
    page.rate(8, 1.0)
    assert "From your 2 ratings:" in page._html()


def test_the_list_says_what_the_last_click_has_moved(world):
    """Otherwise nobody sees what a star has changed."""
    page = rate_movies(*world, n_movies=5)
    assert len(page._offered) == 5
    moves = set()
    third = page._items[2]  # out of the list, and back again
    for item, stars in [(third, 5.0), (third, None)]:
        before = page.new.index.tolist()
        page.rate(item, stars)
        for place, movie in enumerate(page.new.index):
            wanted = "new"
            if movie in before:
                step = before.index(movie) - place
                wanted = f"{'▲' if step > 0 else '▼'} {abs(step)}" if step else ""
            assert page._moves[place] == wanted
            moves.add(wanted)
    assert {"new", "", "▲ 1", "▼ 1"} <= moves
    assert page._html().count("</td></tr>") == 10
    for place, move in enumerate(page._moves):
        assert page._html().split("</tr>")[place + 1].endswith(f"<td>{move}</td>")
    lines = repr(page).partition("\n\n")[2].splitlines()[1:]
    assert [line.split()[0] for line in lines] == [f"{n + 1}" for n in range(10)]


@pytest.mark.parametrize(
    ("levels", "sign"), [([1.0, 2.0, 3.0], "★"), ([0.5, 1.0], "0.5"), ([2.0, 3.0], "2")]
)
def test_stars_are_drawn_for_stars_alone(levels, sign):
    """Two of three levels shown as stars would read as other numbers."""
    css = _signs(levels)
    assert f"content:'{sign}'" in css
    assert ("★" in css) == (sign == "★")
    if sign != "★":
        for place, level in enumerate(levels, start=2):
            assert f"nth-child({place})::before{{content:'{level:g}'" in css


def test_a_movie_that_nobody_has_rated_cannot_be_added(world, monkeypatch):
    """It has no vector to fold in, and a click would end in an error."""
    model, train, movies = world
    new = movies.iloc[[0]].assign(item_id=10**6, title="Quite Unheard Of")
    page = rate_movies(model, train, pd.concat([movies, new]))
    page._repr_mimebundle_()
    assert not page._search.continuous_update, "half a title would be looked up"
    offered = page._offered[:]
    page._search.value = "Quite Unheard Of"
    assert "Nobody has rated Quite Unheard Of" in page._said.value
    assert page._offered == offered
    known = page._labels[int(train.items[0])]
    assert known in page._search.options
    monkeypatch.setattr(rating, "MOST_SUGGESTED", 3)
    brief = rate_movies(model, train, movies)
    brief._repr_mimebundle_()
    assert brief._search.options == page._search.options[:3]
    page._search.value = known
    assert "is at the top now: rate it." in page._said.value
    assert page._search.value == ""


def test_a_number_of_movies_that_cannot_be_is_refused(world):
    words = "n_movies=0 .* 1 or more, for example 12"
    with pytest.raises(ValueError, match=words):
        rate_movies(*world, n_movies=0)
    assert len(rate_movies(*world, n_movies=1)._offered) == 1


def test_a_click_is_answered_at_once(world):
    """A list that lags behind the stars does not look like their effect."""
    page = rate_movies(*world)
    page._repr_mimebundle_()
    took = []
    for stars in (5.0, 1.0, 4.0, 2.0, 3.0):
        start = time.perf_counter()
        page._buttons.children[0].index = int(stars)
        took.append(time.perf_counter() - start)
        assert [*page.ratings.values()] == [stars]
    assert min(took) < 0.05  # the quickest, since other processes may interfere


def test_taking_back_all_stars_leaves_the_list_for_anyone(world):
    page = rate_movies(*world)
    before = page.new.index.tolist()
    page.rate(3, 5.0)
    page.rate(3, None)
    assert page.new.index.tolist() == before
    assert "nothing yet" in repr(page)


def test_what_is_kept_of_it_can_be_read_without_a_kernel(world):
    """The site and GitHub show the plain version."""
    bundle = rate_movies(*world)._repr_mimebundle_()
    assert {"text/plain", "text/html"} < set(bundle)
    assert "<table>" in bundle["text/html"]
    assert "<script" not in bundle["text/html"]


def test_a_title_that_is_not_found_stops_the_cell_and_not_the_search_field(world):
    with pytest.raises(UnknownTitle):
        rate_movies(*world, ratings={"qqqq": 5})
    page = rate_movies(*world)
    page._repr_mimebundle_()
    page._search.value = "qqqq"
    assert "No movie is called" in page._said.value
    offered = page._offered[:]
    page._search.value = page._labels[page._items[-1]]
    assert page._offered[0] == page._items[-1]
    assert set(offered) <= set(page._offered)
    assert len(page._buttons.children) == len(page._offered)


@pytest.mark.parametrize(
    ("ratings", "levels"),
    [
        (np.arange(1, 6), [1, 2, 3, 4, 5]),
        (np.arange(1, 11) / 2, np.arange(1, 11) / 2),
        (np.arange(0, 101), [0, 11, 22, 33, 44, 56, 67, 78, 89, 100]),
    ],
)
def test_buttons_are_the_levels_of_the_data(ratings, levels):
    """On a scale to 100, five stars would be next to nothing."""
    n = len(ratings)
    table = pd.DataFrame(
        {"user_id": np.arange(n) % 7, "item_id": np.arange(n), "rating": ratings * 1.0}
    )
    train = RatingsDataset.fit(table)
    assert levels_of(train) == [*levels]
    movies = pd.DataFrame({"item_id": np.arange(n), "title": np.arange(n).astype(str)})
    movies = movies.assign(year=1990, genres="")
    page = rate_movies(ALS(2).fit(train), train, movies, {"2": float(ratings[-1])}, 3)
    page._repr_mimebundle_()
    row = page._buttons.children[0]
    assert row.index == len(levels)
    assert row.options[-1].endswith(f": {levels[-1]:g}")
