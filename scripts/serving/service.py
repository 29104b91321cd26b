"""Answers over HTTP, with nothing but the standard library.

For students: lab 12. Enough for a classroom and for a first trial; a service that faces
the internet also needs encryption, limits, and someone who looks after it.
"""

import json
import re
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from .recommender import NoSuchId, Recommender

LONGEST = 1 << 16
"""A body of more bytes than this is not read."""

MOST_DIGITS = 100
"""Of a number in a request; none that is meant has more."""

PATHS = "/recommend?user=…, /predict?user=…&item=…, or send ratings to /newcomer"


class Handler(BaseHTTPRequestHandler):
    """GET /recommend?user=1&top_k=5, GET /predict?user=1&item=7, POST /newcomer."""

    protocol_version = "HTTP/1.1"  # a client may ask again without a new connection
    disable_nagle_algorithm, wbufsize = True, -1  # one packet per answer, at once
    timeout = 10  # seconds; who sends half a request is not waited for

    def do_GET(self):
        self._answer({})

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not (_is_whole(length) and 0 <= int(length) <= LONGEST):
            self.close_connection = True  # what follows is not read
            said = (
                f"Say in Content-Length how much you send, at most {LONGEST:,} bytes."
            )
            self._send(413, {"error": said})
            return
        self._answer({"body": self.rfile.read(int(length))})

    def send_error(self, code, message=None, explain=None):
        """What `http.server` refuses by itself: a sentence in JSON, as all else."""
        self.close_connection = True
        self.request_version = self.protocol_version  # a status and headers, always
        said = message or HTTPStatus(code).phrase
        self._send(code, {"error": f"{said}. Ask {PATHS}."})

    def _answer(self, sent: dict) -> None:
        try:
            path, asked = _parts(self.path)
            self._send(200, answer(self.server.recommender, path, asked | sent))
        except NoSuchId as error:
            self._send(404, {"error": str(error)})
        except ValueError as error:
            self._send(400, {"error": str(error)})

    def _send(self, status: int, content: dict) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Silent: a line for each request would bury what is printed."""


def answer(recommender: Recommender, path: str, asked: dict) -> dict:
    """What a path says, ready for JSON. Raises `NoSuchId` and `ValueError`.

    >>> try:
    ...     answer(None, "/login", {})
    ... except NoSuchId as error:
    ...     print(str(error).partition(":")[0])
    There is nothing at /login
    """
    if path == "/recommend":
        user, top_k = raw_id(recommender, "user", asked), asked.get("top_k", "10")
        if not _is_whole(top_k):
            raise ValueError(f"top_k={top_k!r} is not a whole number.")
        return _list(recommender.recommend(user, int(top_k)))
    if path == "/predict":
        pair = (raw_id(recommender, kind, asked) for kind in ("user", "item"))
        return {"score": recommender.predict(*pair), "is a": recommender.answers}
    if path == "/newcomer":
        return _list(recommender.recommend_to_newcomer(_ratings(recommender, asked)))
    raise NoSuchId(f"There is nothing at {path}: ask {PATHS}.")


def raw_id(recommender: Recommender, kind: str, asked: dict):
    """The id that a request names: a number where the ids are numbers."""
    if kind not in asked:
        raise ValueError(f"The request names no {kind}: add {kind}=… to it.")
    ids = getattr(recommender.rated, f"{kind}_ids")
    if ids.of_text:
        return asked[kind]
    if not _is_whole(asked[kind]):
        raise ValueError(
            f"{kind}={asked[kind]!r} is not an id: ids here are whole numbers, like "
            f"{ids.raw[0]}."
        )
    return int(asked[kind])


def _parts(address: str) -> tuple[str, dict]:
    """The path of a request, and what its query says."""
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise ValueError(f"{address!r} is no address: ask {PATHS}.") from error
    return parts.path, {k: values[-1] for k, values in parse_qs(parts.query).items()}


def _ratings(recommender: Recommender, asked: dict) -> dict:
    """{"7": 5} as {7: 5.0}: keys of JSON are texts."""
    try:
        ratings = dict(json.loads(asked.get("body", b"")).items())
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            'Send ratings as JSON, with ids as keys, for example {"7": 5, "8": 1}.'
        ) from error
    return {raw_id(recommender, "item", {"item": k}): v for k, v in ratings.items()}


def _is_whole(text: str) -> bool:
    # `int` also takes "1_0" and " 1", which are nobody's id.
    return len(text) <= MOST_DIGITS and bool(re.fullmatch("-?[0-9]+", text))


def _list(places) -> dict:
    return {"items": [place._asdict() for place in places]}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # Who hangs up before the answer is no fault to report.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class RecommenderServer:
    """A server on this machine, in threads of its own while the block lasts.

    port: 0 takes a free one. Raises `OSError` where the port is taken. While it runs,
    the recommender must not learn: a request could meet half of a change.

    >>> import pandas as pd
    >>> from data_utils import RatingsDataset
    >>> from models import BiasModel
    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 9],
    ...                       "rating": [5.0, 1.0, 4.0, 2.0]})
    >>> movies = pd.DataFrame({"item_id": [7, 8, 9], "title": ["Heat", "Fargo", "Big"]})
    >>> train = RatingsDataset.fit(table)
    >>> shop = Recommender.of(BiasModel().fit(train), train, movies)
    >>> with RecommenderServer(shop) as server:
    ...     server.address.startswith("http://127.0.0.1:")
    True
    """

    def __init__(self, recommender: Recommender, port: int = 0):
        self._server = _Server(("127.0.0.1", port), Handler)
        self._server.recommender = recommender

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "RecommenderServer":
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *raised) -> None:
        self._server.shutdown()
        self._server.server_close()
