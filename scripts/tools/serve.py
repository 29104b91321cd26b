"""For students of lab 12: serve a saved recommender over HTTP, or measure a server.

    python scripts/tools/serve.py build/my-data/recommender --port 8000
    python scripts/tools/serve.py build/my-data/recommender --measure 5000

The second starts a server in a process of its own, asks it for the lists of users in
turn, and prints requests per second and the slow ones' time. Ctrl-C ends the first.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from serving import (
    BadRecommender,
    Recommender,
    RecommenderServer,
    load_recommender,
    measure_load,
)


def main() -> int:
    """Run the command line; the exit status is 1 for a file that cannot be served."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="what save_recommender has written")
    parser.add_argument("--port", type=int, default=0, help="0, the default, is free")
    parser.add_argument("--measure", type=int, metavar="N", help="make N requests")
    parser.add_argument("--clients", type=int, default=4, help="connections at once")
    given = parser.parse_args()
    if not 0 <= given.port < 2**16:
        parser.error(f"--port {given.port}: a port is a number from 0 to 65535")
    if given.clients < 1 or (given.measure is not None and given.measure < 1):
        parser.error("--measure and --clients are whole numbers of 1 or more")
    try:
        recommender = load_recommender(given.file)
        if given.measure:
            print(measured(given.file, recommender, given.measure, given.clients))
            return 0
        with RecommenderServer(recommender, given.port) as server:
            print(server.address, flush=True)
            while True:
                time.sleep(3600)
    except (BadRecommender, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Port {given.port} cannot be used ({error.strerror}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def measured(file: Path, recommender: Recommender, requests: int, clients: int) -> str:
    """A load test of a server in another process, in words."""
    users = recommender.rated.user_ids.raw[:200].tolist()
    paths = [f"/recommend?user={quote(str(user))}" for user in users]
    command = [sys.executable, __file__, file]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        try:
            address = server.stdout.readline().decode().strip()
            return str(measure_load(address, paths, requests, clients))
        finally:
            server.kill()


if __name__ == "__main__":
    sys.exit(main())
