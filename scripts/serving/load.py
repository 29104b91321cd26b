"""How many requests a second, and how long the slow ones take. For students: lab 12."""

import http.client
import threading
import time
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np

from models.arguments import check_count


class Load(NamedTuple):
    """What a load test found: times in milliseconds, `failed` answers other than 200.

    p50_ms: half of the requests were quicker; p99_ms: 99 of 100 were.
    """

    requests: int
    failed: int
    per_second: float
    p50_ms: float
    p99_ms: float

    def __str__(self) -> str:
        return (
            f"{self.requests:,} requests, {self.failed:,} failed, "
            f"{self.per_second:,.0f} per second; half took up to {self.p50_ms:.1f} ms, "
            f"99 of 100 up to {self.p99_ms:.1f} ms"
        )


def measure_load(
    address: str, paths: list[str], requests: int = 1000, clients: int = 4
) -> Load:
    """Ask for `paths` in turn, `requests` times, from `clients` connections at once.

    address: "http://127.0.0.1:8000". Each client keeps its connection and asks again as
    soon as it is answered. A client in the same process as the server takes time from
    it: for a figure to report, run `scripts/tools/serve.py` beside it. Raises
    `ValueError` for an address or paths that cannot be asked, and `OSError` where
    nobody answers.

    >>> address = "http://127.0.0.1:8000"  # what serve.py has printed
    >>> measure_load(address, ["/recommend?user=1"])  # doctest: +SKIP
    >>> print(Load(1000, 0, 812.4, 3.1, 9.7))
    1,000 requests, 0 failed, 812 per second; half took up to 3.1 ms, 99 of 100 up to \
9.7 ms
    """
    check_count("requests", requests, at_least=1, example=1000)
    check_count("clients", clients, at_least=1, example=4)
    place = urlsplit(address).netloc
    if not place or not paths:
        raise ValueError(
            f"{address!r} cannot be asked for {len(paths)} paths: give an address such "
            "as http://127.0.0.1:8000, and one path or more."
        )
    numbers = iter(range(requests))
    lock, seconds, failed, errors = threading.Lock(), [], [], []

    def client():
        connection = http.client.HTTPConnection(place, timeout=10)
        try:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                start = time.perf_counter()
                connection.request("GET", paths[number % len(paths)])
                answer = connection.getresponse()
                answer.read()
                seconds.append(time.perf_counter() - start)
                failed.append(answer.status != 200)
        except http.client.InvalidURL as error:
            errors.append(ValueError(f"{error} Encode ids by urllib.parse.quote."))
        except (OSError, http.client.HTTPException) as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = time.perf_counter() - begin
    if errors:
        raise errors[0]
    p50, p99 = 1000 * np.percentile(seconds, [50, 99])
    return Load(len(seconds), sum(failed), len(seconds) / whole, p50, p99)
