"""`--post-renderer`: plugins of Helm's and programs of one's own see every object, and what they write is recorded and applied."""
import json

import pytest
import yaml

from releases import config_map, write_chart

HOOK = """apiVersion: v1
kind: ConfigMap
metadata:
  name: before
  annotations: {helm.sh/hook: pre-install, helm.sh/hook-weight: "3"}
data: {color: red}
"""


@pytest.fixture
def chart(tmp_path):
    return write_chart(tmp_path / "chart", {"config.yaml": config_map("settings"), "hook.yaml": HOOK})


def program(path, script):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def plugins(tmp_path):
    """The environment in which both tools find the plugin `paint COLOR`."""
    folder = tmp_path / "plugins"
    program(folder / "painter" / "paint.sh", 'sed "s/red/$2/"')
    (folder / "painter" / "plugin.yaml").write_text(yaml.safe_dump({
        "apiVersion": "v1", "type": "postrenderer/v1", "name": "paint", "version": "1.0.0", "runtime": "subprocess",
        "runtimeConfig": {"platformCommand": [{"command": "${HELM_PLUGIN_DIR}/other.sh", "os": "windows"},
                                              {"command": "${HELM_PLUGIN_DIR}/paint.sh", "args": ["$HELM_PLUGIN_NAME"]}]}}))
    return {"HELM_PLUGINS": str(folder)}


def objects(text):
    return [document for document in yaml.safe_load_all(text) if document]


def sources(text):
    return [line for line in text.splitlines() if line.startswith("# Source: ")]


def test_a_plugin_makes_of_every_object_what_it_makes_of_helms(dpctl, helm, chart, plugins):
    words = ["template", "web", chart, "--post-renderer", "paint", "--post-renderer-args", "green"]
    ours, theirs = dpctl("chart", *words, env=plugins, check=True).stdout, helm(*words, env=plugins).stdout
    assert objects(ours) == objects(theirs) and sources(ours) == sources(theirs)
    assert [o["data"]["color"] for o in objects(ours)] == ["green", "green"]


def test_a_release_is_recorded_and_applied_as_the_program_left_it(dpctl, helm, kubectl, chart, ns, tmp_path):
    add = program(tmp_path / "add.sh", "cat; printf -- '---\\napiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: added}\\n'")
    dpctl("chart", "install", "web", chart, "-n", ns, "--post-renderer", add, check=True)
    assert kubectl("get", "configmap", "added", "-n", ns, "-o", "name").stdout == "configmap/added\n"
    recorded = helm("get", "manifest", "web", "-n", ns).stdout
    assert sorted(o["metadata"]["name"] for o in objects(recorded)) == ["added", "settings"]
    assert "# Source: generated-by-postrender-2.yaml" in sources(recorded)
    dpctl("chart", "upgrade", "web", chart, "-n", ns, check=True)
    assert kubectl("get", "configmap", "added", "-n", ns, "--ignore-not-found", "-o", "json").stdout == ""
    assert "postrender-filename" not in json.dumps(json.loads(kubectl("get", "configmap", "settings", "-n", ns, "-o", "json").stdout))


@pytest.mark.parametrize("script, words, code", [
    ("echo broken >&2; exit 3", ["failed", "it ended with exit code 3: broken"], 1),
    ("true", ["wrote nothing"], 1),
    ("echo '- a list'", ["is no object"], 1),
    ("echo 'a: ['", ["the post-renderer's output"], 2),
    ("sleep 60", ["did not answer in time"], 124),
])
def test_a_program_that_fails_is_told_and_nothing_is_rendered(dpctl, chart, tmp_path, script, words, code):
    bad = program(tmp_path / "bad.sh", script)
    done = dpctl("--timeout", "2s", "chart", "template", "web", chart, "--post-renderer", bad)
    assert done.returncode == code and done.stdout == ""
    assert all(word in done.stderr for word in words), done.stderr


def test_a_name_that_is_no_plugin_and_no_program_is_a_mistake_of_the_line(dpctl, chart, plugins):
    done = dpctl("chart", "template", "web", chart, "--post-renderer", "no-such-thing", env=plugins)
    assert done.returncode == 2 and "no such plugin, and no such program" in done.stderr and plugins["HELM_PLUGINS"] in done.stderr
