"""An API server at a distance, for the benchmarks that need one."""

import contextlib
import json
import pathlib
import subprocess

from benchlib import PEERS, tool

SERVER = "10.99.0.1:6443"


@contextlib.contextmanager
def relay(folder: pathlib.Path, kubeconfig: str, round_trip: int):
    """A kubeconfig whose server is `round_trip` milliseconds away; the original one for 0."""
    if round_trip == 0:
        yield kubeconfig
        return
    process = subprocess.Popen([PEERS, "relay", "--delay-ms", str(round_trip / 2), "127.0.0.1:0", SERVER], stdout=subprocess.PIPE, text=True)
    try:
        where = process.stdout.readline().split()[1]
        far = folder / f"kubeconfig-{round_trip}"
        view = [tool("kubectl"), "--kubeconfig", kubeconfig, "config", "view", "--raw", "-o", "json"]
        config = json.loads(subprocess.run(view, capture_output=True, check=True).stdout)
        for cluster in config["clusters"]:
            cluster["cluster"]["server"] = f"https://{where}"
            cluster["cluster"]["tls-server-name"] = SERVER.split(":")[0]
        far.touch(mode=0o600)
        far.write_text(json.dumps(config))
        yield str(far)
    finally:
        process.terminate()
        process.wait()
