"""Built things outside the tree, one folder per name and key; the key is the hash of everything that decides
the result.
"""

import concurrent.futures
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from .settings import built_dir


def key_of(sources: list[Path], recipe: str) -> str:
    """The hash of a recipe's text and of the names and bytes of its source files."""
    digest = hashlib.sha256(recipe.encode())
    for source in sorted(sources):
        for file in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if file.is_file():
                digest.update(f"\0{file.relative_to(source.parent)}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def folder(name: str, key: str) -> Path:
    return built_dir() / f"{name}-{key}"


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Holds the lock `name` below the cache, so that two runs never build the same thing twice."""
    built_dir().mkdir(parents=True, exist_ok=True)
    with open(built_dir() / f".{name}.lock", "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build(name: str, key: str, make: Callable[[Path], None]) -> Path:
    """The folder for (name, key); `make` fills a fresh one when there is none. A failed or torn build leaves
    nothing.
    """
    final = folder(name, key)
    if final.is_dir():
        return final
    with locked(name):
        if final.is_dir():
            return final
        fresh = built_dir() / f".new-{name}-{os.getpid()}"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        try:
            make(fresh)
            fresh.rename(final)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return final


def sizes(folders: dict[str, Path]) -> dict[str, int]:
    """Bytes on disk below each folder; 0 for one that is not there."""

    def size(folder: Path) -> int:
        done = subprocess.run(["du", "-s", "-B1", str(folder)], capture_output=True, text=True)
        return int(done.stdout.split()[0]) if done.stdout else 0

    with concurrent.futures.ThreadPoolExecutor() as pool:
        return dict(zip(folders, pool.map(size, folders.values()), strict=True))
