"""dpctl image build and push against a real registry and a real node: what is pushed is pulled by the kubelet and runs."""

import hashlib
import json
import tarfile
import time
import urllib.request
import uuid

import pytest


@pytest.fixture
def program(peers, tmp_path):
    """A program that needs libstdc++, prints its user and arguments, and ends."""
    source = tmp_path / "greet.cpp"
    source.write_text('#include <iostream>\n#include <string>\n#include <unistd.h>\n'
                      'int main(int n, char** words) {\n'
                      '  std::cout << "user " << getuid();\n'
                      '  for (int i = 1; i < n; ++i) std::cout << \' \' << std::string(words[i]);\n'
                      '  std::cout << std::endl;\n}\n')
    target = tmp_path / "greet"
    peers.run("c++", "-o", target, source, check=True)
    return target


@pytest.fixture
def repository(peers):
    """Host and path of the images of one test."""
    return f"{peers.endpoints['DPCTL_PEERS_REGISTRY']}/image-test/{uuid.uuid4().hex[:8]}"


def registry_get(reference, path):
    host, _, name = reference.partition("/")
    request = urllib.request.Request(f"http://{host}/v2/{name}/{path}",
                                     headers={"Accept": "application/vnd.oci.image.manifest.v1+json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        return answer.headers, answer.read()


def build(dpctl, program, archive):
    document = json.loads(dpctl("image", "build", program, "--archive", archive, "-o", "json", check=True).stdout)
    return document["digest"]


def test_the_same_program_gives_the_same_image(dpctl, program, tmp_path):
    first = build(dpctl, program, tmp_path / "a.tar")
    second = build(dpctl, program, tmp_path / "b.tar")
    assert first == second
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_the_archive_is_an_image_layout(dpctl, program, tmp_path):
    digest = build(dpctl, program, tmp_path / "a.tar")
    with tarfile.open(tmp_path / "a.tar") as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}
    index = json.loads(files["index.json"])
    assert index["manifests"][0]["digest"] == digest
    for name, content in files.items():
        if name.startswith("blobs/sha256/"):
            assert name == "blobs/sha256/" + hashlib.sha256(content).hexdigest()


def push(dpctl, program, repository, tag, *more):
    return dpctl("image", "push", program, "--registry", repository, "--tag", tag, *more)


def test_what_is_pushed_runs_on_the_node_as_nonroot(dpctl, kubectl, ns, program, repository):
    pushed = push(dpctl, program, repository, "1", "-o", "json")
    assert pushed.returncode == 0, pushed.stderr
    headers, manifest = registry_get(f"{repository}/greet", "manifests/1")
    assert headers["Docker-Content-Digest"] == "sha256:" + hashlib.sha256(manifest).hexdigest()
    assert headers["Docker-Content-Digest"] in pushed.stdout

    kubectl("run", "greet", "-n", ns, f"--image={repository}/greet:1", "--restart=Never", "--", "good", "morning")
    deadline = time.monotonic() + 60
    while (phase := kubectl("get", "pod", "greet", "-n", ns, "-o", "jsonpath={.status.phase}").stdout) not in (
            "Succeeded", "Failed") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert phase == "Succeeded"
    assert kubectl("logs", "greet", "-n", ns).stdout == "user 65532 good morning\n"


def test_a_second_push_uploads_nothing(dpctl, program, repository):
    assert push(dpctl, program, repository, "1").returncode == 0
    again = push(dpctl, program, repository, "2")
    assert again.returncode == 0
    assert "already there" in again.stderr
    assert "uploaded" not in again.stderr


def test_a_script_is_refused_with_what_to_do(dpctl, tmp_path):
    script = tmp_path / "run.sh"
    script.write_text("#!/bin/sh\n")
    done = dpctl("image", "build", script)
    assert done.returncode == 2
    assert "run.sh is not an ELF program" in done.stderr


def test_a_registry_that_is_not_there_is_named(dpctl, program):
    done = push(dpctl, program, "127.0.0.1:9/x", "1")
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr
