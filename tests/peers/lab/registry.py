"""The registry: CNCF distribution over plain HTTP, from which containerd pulls."""

import urllib.request

from . import builds, images, process
from .settings import REGISTRY, State, write

# Pushed on every `up`; the add-ons push their own when they start.
LAB_IMAGES = ["pause", "busybox", "redis", "pgbouncer"]


def up(state: State) -> None:
    folder = state.make("registry")
    configuration = write(
        state.path("registry.yml"),
        f"version: 0.1\nlog: {{level: warn, accesslog: {{disabled: false}}}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}}}, delete: {{enabled: true}}}}\n"
        f"http: {{addr: '{REGISTRY}'}}\n",
    )
    process.start(
        state,
        "registry",
        [str(builds.output("registry") / "registry"), "serve", str(configuration)],
        environment={"OTEL_TRACES_EXPORTER": "none"},
    )
    process.wait_ready(state, "registry", _answers)
    images.publish(LAB_IMAGES)


def _answers() -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{REGISTRY}/v2/", timeout=2) as answer:
        return answer.status == 200


def stop(state: State) -> None:
    process.stop(state, ["registry"], patience=2.0)
