"""No network: put this folder on PYTHONPATH and Python reaches this machine only.

Python imports `sitecustomize` at every start, so the notebooks' kernels and their
subprocesses are cut off too. An audit hook sees a connection below any library, and
nothing can take it away again. Kernels talk over loopback, which stays open.
"""

import errno
import ipaddress
import sys

WATCHED = {
    "socket.connect": lambda sock, address: address,
    "socket.sendto": lambda sock, address: address,
    "socket.sendmsg": lambda sock, address: address,
    "socket.getaddrinfo": lambda *arguments: arguments,
    "socket.gethostbyname": lambda *arguments: arguments,
}


def _refuse_the_network(event, arguments):
    if event in WATCHED:
        address = WATCHED[event](*arguments)
        # A path or None is a socket of this machine; a tuple begins with its host.
        if isinstance(address, tuple) and not _is_this_machine(address[0]):
            raise OSError(
                errno.ENETUNREACH, f"no network in the offline run: {address[0]!r}"
            )


def _is_this_machine(host):
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


sys.addaudithook(_refuse_the_network)
