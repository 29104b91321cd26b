"""MovieLens in miniature: hand-written archives in each layout, and a local host."""

import hashlib
import io
import ssl
import threading
import zipfile
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from data_utils import DATASETS

_NO_FLAGS = "0|" * 18 + "0"


def _flags(*positions):
    return "|".join("1" if i in positions else "0" for i in range(19))


TAB_FILES = {
    "u.data": "196\t242\t3\t881250949\n186\t267\t5\t891717742\n22\t7\t1\t878887116\n",
    "u.item": (
        f"7|Usual Suspects, The (1995)|14-Aug-1995||http://x|{_flags(6, 16)}\n"
        f"242|Misérables, Les (1995)|01-Jan-1995||http://x|{_flags(8)}\n"
        f"267|unknown||||{_flags(0)}\n"
        f"1412|Land Before Time III (1995) (V)|01-Jan-1995||http://x|{_NO_FLAGS}\n"
    ),
}
COLON_FILES = {
    "ratings.dat": "1::122::5::838985046\r\n1::185::4::838983525\r\n2::122::3::1\r\n",
    "movies.dat": (
        "122::Boomerang: A Love Story (1992)::Comedy|Romance\n"
        "185::Postino, Il (1994)::Drama\n\n"
    ),
}
CSV_FILES = {
    "ratings.csv": (
        "userId,movieId,rating,timestamp\n"
        "1,31,2.5,1260759144\n1,1029,0.5,1260759179\n7,31,5.0,1260759182\n"
    ),
    "movies.csv": (
        "movieId,title,genres\n"
        '31,"City of Lost Children, The (Cité des enfants perdus, La) (1995)",Drama\n'
        "1029,Null,(no genres listed)\n"
        '2000,"Long ""Quoted"" Series (2005-2009)",Comedy|Drama\n'
        "2001,Running Series (2007– ),Comedy\n"
    ),
}
TINY = {
    "100k": TAB_FILES,
    "1m": COLON_FILES,
    "10m": COLON_FILES,
    "20m": CSV_FILES,
    "25m": CSV_FILES,
    "32m": CSV_FILES,
    "latest-small": CSV_FILES,
    "latest": CSV_FILES,
}


def tiny_zip(name, **changed) -> bytes:
    """The bytes of an archive; `changed` replaces files: `**{"u.data": "…"}`."""
    encoding = DATASETS[name].encoding.removesuffix("-sig")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in (TINY[name] | changed).items():
            if text is not None:
                data = text if isinstance(text, bytes) else text.encode(encoding)
                archive.writestr(f"{DATASETS[name].folder}/{file}", data)
    return packed.getvalue()


def tiny_folder(parent, name, **changed):
    """The same, extracted below `parent`; returns the folder."""
    folder = parent / DATASETS[name].folder
    folder.mkdir(parents=True)
    encoding = DATASETS[name].encoding.removesuffix("-sig")
    for file, text in (TINY[name] | changed).items():
        if text is not None:
            data = text if isinstance(text, bytes) else text.encode(encoding)
            (folder / file).write_bytes(data)
    return folder


def register(monkeypatch, name, data: bytes, url=None, **facts):
    """Lets the registry publish `data` as the archive of `name`; returns the entry."""
    published = {
        "bytes": len(data),
        "md5": hashlib.md5(data).hexdigest(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "n_movies": None,
        "n_ratings": None,
        "url": url or DATASETS[name].url,
    }
    dataset = replace(DATASETS[name], **published | facts)
    monkeypatch.setitem(DATASETS, name, dataset)
    return dataset


@contextmanager
def local_host(
    pages: dict[str, bytes],
    announce=0,
    status=200,
    headers=None,
    slowly=None,
    certificate=None,
):
    """Serves `pages` on 127.0.0.1; yields its address and the list of paths asked.

    `announce` bytes are promised beyond those that are sent. `slowly` is called before
    each byte that is sent. `certificate`, a PEM file with its key, makes it https.
    """
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = pages.get(self.path.lstrip("/"))
            length = {"Content-Length": str(len(body or b"") + announce)}
            self.send_response(404 if body is None else status)
            for name, value in (length | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # whoever asked may have left
                for byte in body or b"" if slowly else ():
                    slowly()
                    self.wfile.write(bytes([byte]))
                self.wfile.write(b"" if slowly else body or b"")

        def log_message(self, *args):
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *args):
            pass  # a client that does not trust the certificate hangs up

    server, scheme = Server(("127.0.0.1", 0), Handler), "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
