"""For instructors: starts one learner's kernel with limits and, on Linux, walled in.

Run as a script, between the grader and the kernel:

    python -I sandbox.py SETTINGS COMMAND ...

SETTINGS is JSON: `limits` (names of `resource`, without RLIMIT_) and, for walls, the
folders `read` and `write` and the new root `root`. Inside the walls a process sees
those folders and the system's programs, nothing of the network, and no process but its
own. Outside Linux there are only limits. It imports the standard library alone, and
little of it, for it runs once for every kernel.
"""

import ctypes
import json
import os
import platform
import resource
import signal
import sys
import time

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18
MNT_DETACH, AT_FDCWD, AT_RECURSIVE = 2, -100, 0x8000
READ_ONLY = 1 | 2  # MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
MOUNT_SETATTR = 442
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
PROGRAMS = ("bin", "lib", "lib32", "lib64", "libx32", "sbin", "usr", "opt", "nix")
SETTINGS = ("ld.so.cache", "localtime", "group", "passwd", "nsswitch.conf", "fonts")
DEVICES = ("null", "zero", "full", "random", "urandom")
ROOM = "size=1g,nr_inodes=100k,mode=755"  # for all that the learner's code writes
INNER_USER = 1000
OUTER_USERS = 1_000_000  # the first of the ids that nobody has; one for each kernel
LINUX = sys.platform.startswith("linux")


def main() -> int:
    """Start the command in a child, hand interrupts on, return how it ended."""
    settings, command = json.loads(sys.argv[1]), sys.argv[2:]
    parent = os.getppid()
    if LINUX:
        _control(PR_SET_PDEATHSIG, signal.SIGKILL)
    user = build_walls(settings) if settings.get("root") else None
    child = os.fork()
    if child == 0:
        _inside(settings, command, user)
    return _wait_for(child, parent)


def build_walls(settings: dict) -> int | None:
    """Enter new namespaces and the new root -> the user to become. Raises `OSError`.

    Root becomes a user that nobody is; others stay who they are, under a number that
    has no rights over the walls.
    """
    spaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    user, group = os.geteuid(), os.getegid()
    if user:
        _call("unshare", spaces | CLONE_NEWUSER)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{INNER_USER} {user} 1")
        _write("/proc/self/gid_map", f"{INNER_USER} {group} 1")
        become = None
    else:
        _call("unshare", spaces)
        become = OUTER_USERS + os.getpid()
        for path in filter(os.path.exists, settings["own"]):
            os.chown(path, become, become)
    _mount("none", "/", "", MS_REC | MS_PRIVATE)
    root = settings["root"]
    _mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, ROOM)
    _furnish(root)
    for path in settings["read"]:
        _bind(root, *path) if isinstance(path, list) else _bind(root, path)
    for path in settings["write"]:
        _bind(root, path, writable=True)
    for path in settings["make"]:
        os.makedirs(root + path, exist_ok=True)
        if become:
            os.chown(root + path, become, become)
    for source, target in settings["copy"]:
        with open(source, "rb") as file, open(root + target, "xb") as copy:
            copy.write(file.read())
    return become


def _move_in(root):
    """In process 1 of the new namespace: leave everything outside `root` behind.

    Its view of processes comes first: Linux allows it only beside another one.
    """
    _mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV)
    os.chdir(root)
    _system_call(PIVOT_ROOT.get(platform.machine(), -1), b".", b".")
    _call("umount2", b".", MNT_DETACH)
    os.chdir("/")


def _furnish(root):
    """Programs, a few files of /etc, harmless devices, and room for /tmp."""
    for name in PROGRAMS:
        if os.path.islink(f"/{name}"):
            os.symlink(os.readlink(f"/{name}"), f"{root}/{name}")
        elif os.path.isdir(f"/{name}"):
            _bind(root, f"/{name}")
    for path in [f"/etc/{name}" for name in SETTINGS]:
        if os.path.exists(path):
            _bind(root, os.path.realpath(path), path)
    for name in DEVICES:
        _bind(root, f"/dev/{name}", writable=True)
    for name in ("tmp", "dev/shm"):
        os.makedirs(f"{root}/{name}")
        os.chmod(f"{root}/{name}", 0o1777)
    os.mkdir(f"{root}/proc")
    os.symlink("/proc/self/fd", f"{root}/dev/fd")


def _bind(root, source, target=None, writable=False):
    """Show `source` inside, read-only unless `writable`."""
    target = root + (target or source)
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        open(target, "a").close()
    _mount(source, target, "", MS_BIND | MS_REC)
    if not writable:
        wanted = (ctypes.c_uint64 * 4)(READ_ONLY, 0, 0, 0)
        place, size = os.fsencode(target), ctypes.c_size_t(ctypes.sizeof(wanted))
        _system_call(MOUNT_SETATTR, AT_FDCWD, place, AT_RECURSIVE, wanted, size)


def _inside(settings, command, user):
    """In the child: become the command, or with walls the one who waits for it."""
    try:
        if LINUX:
            _control(PR_SET_PDEATHSIG, signal.SIGKILL)
        environment = dict(os.environ, JPY_PARENT_PID=str(os.getppid()))
        if settings.get("root"):
            _move_in(settings["root"])
            kernel = os.fork()  # its parent is process 1, which it cannot kill
            if kernel:
                os._exit(_wait_for(kernel, os.getppid()))
            environment["JPY_PARENT_PID"] = "1"
        os.setpgid(0, 0)
        if LINUX:
            _control(PR_SET_NO_NEW_PRIVS, 1)
            _write("/proc/self/oom_score_adj", "1000")
        os.chdir(settings["home"])
        if user:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        for name, most in settings["limits"].items():
            _limit(name, most)
        os.execvpe(command[0], command, environment)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(70)


def _limit(name, most):
    kind = getattr(resource, f"RLIMIT_{name}", None)
    if kind is None:
        return
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(kind, (most, most))


def _wait_for(child, parent):
    """The exit status of `child`; interrupts go to it, and it ends with `parent`."""
    signal.signal(signal.SIGINT, lambda *_: os.kill(child, signal.SIGINT))
    while True:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended == child:
            return abs(os.waitstatus_to_exitcode(status))
        if os.getppid() != parent:
            os.kill(child, signal.SIGKILL)
            return 70
        if not ended:
            time.sleep(0.05)


def _mount(source, target, kind, flags, data=""):
    texts = [os.fsencode(text) for text in (source, target, kind)]
    _call("mount", *texts, ctypes.c_ulong(flags), data.encode() or None)


def _call(name, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _system_call(number, *arguments):
    _call("syscall", ctypes.c_long(number), *arguments)


def _control(option, value):
    _call("prctl", option, ctypes.c_ulong(value), 0, 0, 0)


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main())
