"""Charts in a registry: what dpctl pushes Helm pulls, and the other way round."""

import gzip
import hashlib
import io
import subprocess
import tarfile
import uuid

import pytest

CHART = """apiVersion: v2
name: web
version: {version}
description: 'a <chart> & "more"'
home: https://example.org/web
icon: https://example.org/web.png
appVersion: "7"
kubeVersion: ">=1.20.0-0"
keywords: [b, a]
sources: [https://example.org/src, https://example.org/other]
maintainers:
- name: Jo
  email: jo@example.org
  url: https://example.org/jo
- name: Al
annotations:
  team: web
  org.opencontainers.image.title: not this one
  org.opencontainers.image.vendor: Example
dependencies:
- name: sub
  version: ">=0.1.0"
  repository: ""
  condition: sub.enabled
  tags: [one]
  import-values: [data, {{child: a, parent: b}}]
  alias: other
"""
SUB = "apiVersion: v2\nname: sub\nversion: 0.1.0\n"


def archive(folder, version, about=CHART):
    """web-VERSION.tgz with a time of its own."""
    path = folder / f"web-{version}.tgz"
    files = {"web/Chart.yaml": about.format(version=version), "web/templates/a.yaml": f"version: {version}\n",
             "web/charts/sub/Chart.yaml": SUB}
    with gzip.GzipFile(path, "wb", mtime=0) as out, tarfile.open(fileobj=out, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def repository(peers):
    return f"{peers.endpoints['DPCTL_PEERS_REGISTRY']}/charts-{uuid.uuid4().hex[:8]}"


def lines(done):
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("Pushed: ", "Digest: "))]


def test_the_same_archive_has_the_same_digest_as_with_helm(helm, dpctl, repository, tmp_path):
    path = archive(tmp_path, "1.2.3")
    theirs = helm("push", str(path), f"oci://{repository}/helm", "--plain-http", env={"TZ": "UTC"})
    ours = dpctl("chart", "push", str(path), f"oci://{repository}/ours/", "--plain-http", check=True)
    assert [line.replace("/ours/", "/helm/") for line in ours.stdout.splitlines()] == lines(theirs)


def test_helm_pulls_what_we_push(helm, dpctl, repository, tmp_path):
    path = archive(tmp_path, "1.2.3+build.7")
    done = dpctl("chart", "push", str(path), f"oci://{repository}", "--plain-http", check=True)
    assert f"Pushed: {repository}/web:1.2.3_build.7\n" in done.stdout
    out = tmp_path / "out"
    out.mkdir()
    helm("pull", f"oci://{repository}/web", "--version", "1.2.3+build.7", "-d", str(out), "--plain-http")
    (pulled,) = out.iterdir()
    assert pulled.read_bytes() == path.read_bytes()


def push_with_helm(helm, repository, tmp_path, *versions):
    for version in versions:
        helm("push", str(archive(tmp_path, version)), f"oci://{repository}", "--plain-http")


@pytest.mark.parametrize("wanted", ["", "1.0.0", "1.1.0+x", "^1.0", ">=1.0.0-0", ">2", "~1.0", "2.0.0-rc.1"])
def test_we_choose_the_version_that_helm_chooses(helm, dpctl, repository, tmp_path, wanted):
    push_with_helm(helm, repository, tmp_path, "1.0.0", "1.0.10", "1.0.9", "1.1.0+x", "2.0.0-rc.1")
    words = [f"oci://{repository}/web", *(["--version", wanted] if wanted else []), "--plain-http"]
    theirs = helm("template", "r", *words, check=False)
    ours = dpctl("chart", "template", "r", *words)
    assert (ours.returncode == 0) == (theirs.returncode == 0), ours.stderr + theirs.stderr
    assert ours.stdout == theirs.stdout


def test_a_digest_names_a_chart(helm, dpctl, repository, tmp_path):
    done = dpctl("chart", "push", str(archive(tmp_path, "1.0.0")), f"oci://{repository}", "--plain-http", check=True)
    digest = done.stdout.split("Digest: ")[1].strip()
    words = (f"oci://{repository}/web@{digest}", "--plain-http")
    assert dpctl("chart", "template", "r", *words, check=True).stdout == helm("template", "r", *words).stdout
    other = dpctl("chart", "template", "r", f"oci://{repository}/web@sha256:{hashlib.sha256(b'x').hexdigest()}", "--plain-http")
    assert other.returncode != 0 and "cannot fetch the chart" in other.stderr


def test_a_tag_and_another_version_do_not_agree(helm, dpctl, repository, tmp_path):
    push_with_helm(helm, repository, tmp_path, "1.0.0")
    words = (f"oci://{repository}/web:1.0.0", "--version", "2.0.0", "--plain-http")
    ours, theirs = dpctl("chart", "template", "r", *words), helm("template", "r", *words, check=False)
    assert ours.returncode != 0 and theirs.returncode != 0
    for done in (ours, theirs):
        assert "chart reference and version mismatch: 2.0.0 is not 1.0.0" in done.stderr


def test_a_missing_version_says_what_there_is(helm, dpctl, repository, tmp_path):
    push_with_helm(helm, repository, tmp_path, "1.0.0")
    done = dpctl("chart", "template", "r", f"oci://{repository}/web", "--version", "^9", "--plain-http")
    assert done.returncode != 0 and "the newest is 1.0.0" in done.stderr


def test_without_plain_http_a_registry_without_tls_is_refused(dpctl, repository, tmp_path):
    done = dpctl("chart", "push", str(archive(tmp_path, "1.0.0")), f"oci://{repository}")
    assert done.returncode != 0 and "--plain-http" in done.stderr


def test_a_folder_is_not_pushed(dpctl, repository, tmp_path):
    done = dpctl("chart", "push", str(tmp_path), f"oci://{repository}", "--plain-http")
    assert done.returncode == 2 and "must provide chart archive (.tgz)" in done.stderr


def test_the_signature_goes_along_and_is_checked(helm, dpctl, repository, tmp_path):
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback", "--passphrase", ""]
    subprocess.run([*gpg, "--quick-generate-key", "signer <s@example.org>", "ed25519", "sign", "never"], check=True, timeout=60,
                   capture_output=True)
    for name, word in (("public", "--export"), ("secret", "--export-secret-keys")):
        (tmp_path / name).write_bytes(subprocess.run([*gpg, word], check=True, timeout=60, capture_output=True).stdout)
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True, timeout=60)
    chart = tmp_path / "web"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 1.0.0+x\n")
    (chart / "templates/a.yaml").write_text("a: 1\n")
    dpctl("chart", "package", str(chart), "-d", str(tmp_path), "--sign", "--key", "signer", "--keyring", str(tmp_path / "secret"),
          check=True)
    dpctl("chart", "push", str(tmp_path / "web-1.0.0+x.tgz"), f"oci://{repository}/signed", "--plain-http", check=True)
    words = ("template", "r", f"oci://{repository}/signed/web", "--plain-http", "--verify", "--keyring", str(tmp_path / "public"))
    assert dpctl("chart", *words, check=True).stdout == helm(*words).stdout
    dpctl("chart", "push", str(archive(tmp_path, "1.0.0")), f"oci://{repository}/plain", "--plain-http", check=True)
    done = dpctl("chart", *words[:2], f"oci://{repository}/plain/web", *words[3:])
    assert done.returncode == 5 and "has no signature" in done.stderr
