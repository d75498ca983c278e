"""The node's mount namespace, whose root is what this process sees as its root.

Whoever enters a container enters its mount namespace and gets that namespace's root. In a chroot that is not the
chroot: `kubectl exec` and exec probes would run in the machine outside, and runc could not pivot at all. So the
runtime starts in a namespace of its own into which this process's root was moved, and the kubelet joins it, because
both must see the volumes that the kubelet mounts. On a machine without a chroot the result is the same.

Run as a program: mountns.py FOLDER COMMAND... becomes COMMAND in a new namespace; FOLDER (empty) becomes its root.
"""

import ctypes
import os
import sys

_MS_BIND, _MS_REC, _MS_PRIVATE, _MNT_DETACH = 0x1000, 0x4000, 1 << 18, 2
_CLONE_NEWNS = 0x20000
_PIVOT_ROOT = 155  # x86-64
_libc = ctypes.CDLL(None, use_errno=True)


def joined(pid: int, command: list[str]) -> list[str]:
    """The command that runs `command` in the mount namespace of process `pid`."""
    return ["nsenter", f"--mount=/proc/{pid}/ns/mnt", "--", *command]


def apart(folder: str, command: list[str]) -> list[str]:
    """The command that runs `command` in a mount namespace of its own; `folder` is empty and stays."""
    return [sys.executable, os.path.abspath(__file__), folder, *command]


def _check(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def _move_root(folder: str) -> None:
    _check(_libc.unshare(_CLONE_NEWNS), "unshare")
    root = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    # Entering the namespace one is in leaves a chroot; the open folder leads back to it, by its outer name.
    _check(_libc.setns(namespace, _CLONE_NEWNS), "setns")
    os.fchdir(root)
    outer = os.getcwd()
    _check(_libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None), "mount --make-rprivate /")
    target = os.path.join(outer, folder.lstrip("/"))
    _check(_libc.mount(outer.encode(), target.encode(), None, _MS_BIND | _MS_REC, None), f"mount {target}")
    os.chdir(target)
    _check(_libc.syscall(_PIVOT_ROOT, b".", b"."), f"pivot_root {target}")
    _check(_libc.umount2(b".", _MNT_DETACH), "umount of the old root")
    os.chdir("/")
    os.close(root)
    os.close(namespace)


if __name__ == "__main__":
    _move_root(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])
