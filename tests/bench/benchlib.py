"""What every benchmark shares: running a program and measuring it, and the one line format of the results."""

import json
import os
import pathlib
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "tests/peers/peers"
BUILD = pathlib.Path(os.environ.get("DPCTL_BUILD_DIR", ROOT / "build/release"))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def dpctl() -> str:
    """The release build, or what DPCTL_BINARY names."""
    path = os.environ.get("DPCTL_BINARY", str(ROOT / "build/release/cli/dpctl"))
    if not os.access(path, os.X_OK):
        sys.exit(f"bench: no {path}: build it with 'cmake --preset release && cmake --build --preset release'")
    return path


def built(name: str) -> pathlib.Path:
    """A program of this folder, which the ordinary build leaves out; one that is not there ends the benchmark at once."""
    program = BUILD / "tests/bench" / name
    if not program.exists():
        sys.exit(f"bench: no {program}: build it with 'ninja -C {BUILD} {name}'")
    return program


def tool(name: str) -> str:
    """helm, kubectl or kapp as the peers tool built it."""
    found = subprocess.run([PEERS, "which", name], capture_output=True, text=True)
    if found.returncode != 0:
        sys.exit(f"bench: no {name}: run 'tests/peers/peers build oracles'\n{found.stderr}")
    return found.stdout.strip()


def bench_python() -> pathlib.Path:
    """A Python that has the peers of requirements.txt, installed when it is asked for the first time."""
    folder, wanted = ROOT / "build/bench-python", pathlib.Path(__file__).with_name("requirements.txt")
    done = folder / "requirements.txt"
    if not done.exists() or done.read_bytes() != wanted.read_bytes():
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted], check=True)
        done.write_bytes(wanted.read_bytes())
    return folder / "bin/python"


def bench_libraries() -> pathlib.Path:
    """The Java libraries of streams/pom.xml, fetched when they are asked for the first time."""
    folder, wanted = ROOT / "build/bench-libraries", pathlib.Path(__file__).with_name("streams") / "pom.xml"
    done = folder / "pom.xml"
    if not done.exists() or done.read_bytes() != wanted.read_bytes():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["mvn", "-q", "-B", "-Dstyle.color=never", "-f", wanted, "dependency:copy-dependencies", f"-DoutputDirectory={folder}"], check=True)
        done.write_bytes(wanted.read_bytes())
    return folder


def machine() -> str:
    model = platform.machine()
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{os.cpu_count()} x {model}, Linux {platform.release().split('-')[0]}"


def run(command: list[str], env: dict[str, str] | None = None) -> float:
    """Runs to the end and returns the wall time in seconds. A failure ends the benchmark: a tool that fails fast is not fast."""
    start = time.perf_counter()
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    took = time.perf_counter() - start
    if done.returncode != 0:
        say(done.stdout.decode(errors="replace")[-3000:])
        sys.exit(f"bench: exit {done.returncode} of {' '.join(command)}")
    return took


def cpu(command: list[str]) -> float:
    """CPU seconds, user and system, of one run: unlike wall time, hardly moved by what else the machine does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peak_mb(command: list[str], env: dict[str, str] | None = None) -> float:
    """Peak resident memory, by GNU time: a child of Python itself would be charged with Python's own pages."""
    done = subprocess.run(["/usr/bin/time", "-f", "%M", *command], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, check=True)
    return int(done.stderr.strip().splitlines()[-1]) / 1024


def emit(bench: str, case: str, peer: str, ours: list[float], theirs: list[float], unit: str) -> None:
    """One line of results from samples of which less is better; the medians are compared."""
    mine, other = statistics.median(ours), statistics.median(theirs)
    line = {
        "bench": bench, "case": case, "peer": peer, "ours": round(mine, 4), "theirs": round(other, 4), "unit": unit,
        "higher_is_better": False, "ratio": round(other / mine, 2), "runs": min(len(ours), len(theirs)), "machine": machine(),
    }
    print(json.dumps(line), flush=True)


def emit_rate(bench: str, case: str, peer: str, ours: list[float], theirs: list[float], unit: str) -> None:
    """The same for samples of which more is better."""
    mine, other = statistics.median(ours), statistics.median(theirs)
    line = {
        "bench": bench, "case": case, "peer": peer, "ours": round(mine, 4), "theirs": round(other, 4), "unit": unit,
        "higher_is_better": True, "ratio": round(mine / other, 2), "runs": min(len(ours), len(theirs)), "machine": machine(),
    }
    print(json.dumps(line), flush=True)
