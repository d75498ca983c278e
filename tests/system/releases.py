"""Charts that tests write, and what the cluster holds of a release."""
import base64
import contextlib
import gzip
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

REGISTRY = "10.99.0.1:5000/lab"
SERVER = "10.99.0.1:6443"

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
data:
  color: {{{{ .Values.color | quote }}}}
"""

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: {{ .Values.image | quote }}
          command: {{ .Values.command | toJson }}
          env:
            - name: COLOR
              value: {{ .Values.color | quote }}
"""

VALUES = """color: red
replicas: 1
image: 10.99.0.1:5000/lab/busybox:1
command: [sleep, "3600"]
"""


def config_map(name: str) -> str:
    return CONFIG.format(name=name)


def hook(name: str, events: str, weight: int = 0, policy: str = "", command: str = "true") -> str:
    """A Job that runs a shell command when the release gets there."""
    lines = [f"    helm.sh/hook: {events}", f'    helm.sh/hook-weight: "{weight}"']
    if policy:
        lines.append(f"    helm.sh/hook-delete-policy: {policy}")
    annotations = "\n".join(lines)
    return f"""apiVersion: batch/v1
kind: Job
metadata:
  name: {name}
  annotations:
{annotations}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: {REGISTRY}/busybox:1
          command: [sh, -c, {json.dumps(command)}]
"""


def write_chart(folder: Path, templates: dict[str, str], values: str = VALUES, name: str = "probe") -> Path:
    """Writes the chart anew: a template that is not named is gone."""
    for old in (folder / "templates").glob("*"):
        old.unlink()
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 0.1.0\nappVersion: 1.0.0\n")
    (folder / "values.yaml").write_text(values)
    for file, text in templates.items():
        (folder / "templates" / file).write_text(text)
    return folder


def revisions(kubectl, ns: str, release: str) -> dict[int, str]:
    """Revision to status, from the records themselves."""
    listed = json.loads(kubectl("get", "secrets", "-n", ns, "-l", f"owner=helm,name={release}", "-o", "json").stdout)
    records = [json.loads(gzip.decompress(base64.b64decode(base64.b64decode(item["data"]["release"])))) for item in listed["items"]]
    return {record["version"]: record["info"]["status"] for record in records}


def wait_until(condition: Callable, timeout: float, what: str):
    """Polls until the condition is true; that is the result."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"not within {timeout:.0f} s: {what}")


@contextlib.contextmanager
def far_kubeconfig(peers, folder: Path, delay: int):
    """A kubeconfig whose API server answers `delay` milliseconds later, each way."""
    relay = subprocess.Popen([peers_tool(), "relay", "--delay-ms", str(delay), "127.0.0.1:0", SERVER], stdout=subprocess.PIPE,
                             text=True, env=peers.env)
    try:
        where = relay.stdout.readline().split()[1]
        view = peers.run("kubectl", "config", "view", "--raw", "-o", "json", check=True).stdout
        config = json.loads(view)
        for cluster in config["clusters"]:
            cluster["cluster"]["server"] = f"https://{where}"
            cluster["cluster"]["tls-server-name"] = SERVER.split(":")[0]
        path = folder / f"kubeconfig-{delay}"
        path.touch(mode=0o600)
        path.write_text(json.dumps(config))
        yield str(path)
    finally:
        relay.terminate()
        relay.wait()


def peers_tool() -> Path:
    return Path(__file__).resolve().parents[1] / "peers/peers"
