"""Charts in git repositories, made by git itself and read from a folder and from git's own daemon."""

import os
import socket
import subprocess
import time

import pytest

CHART = "apiVersion: v2\nname: web\nversion: {}\n"
IDENTITY = {"GIT_AUTHOR_NAME": "Jo", "GIT_AUTHOR_EMAIL": "jo@example.org", "GIT_COMMITTER_NAME": "Jo",
            "GIT_COMMITTER_EMAIL": "jo@example.org", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}


class Repository:
    def __init__(self, folder):
        self.work, self.bare = folder / "work", folder / "charts.git"
        self.work.mkdir()
        self.git("init", "--quiet", "--initial-branch", "main")

    def git(self, *words):
        done = subprocess.run(["git", *words], cwd=self.work, env={**os.environ, **IDENTITY}, capture_output=True, text=True,
                              timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, name, text):
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commit(self, version):
        self.write("charts/web/Chart.yaml", CHART.format(version))
        self.write("charts/web/templates/a.yaml", "version: {{ .Chart.Version }}\n")
        self.git("add", "-A")
        self.git("commit", "--quiet", "-m", version)
        return self.git("rev-parse", "HEAD")

    def publish(self):
        self.git("clone", "--quiet", "--bare", ".", str(self.bare))


@pytest.fixture
def repository(tmp_path):
    """main 3.0.0, branch feature/two 2.0.0, tag v1.0.0 (annotated) 1.0.0; links inside and outside on a branch."""
    made = Repository(tmp_path)
    made.first = made.commit("1.0.0")
    made.git("tag", "-a", "-m", "one", "v1.0.0")
    made.git("checkout", "--quiet", "-b", "feature/two")
    made.second = made.commit("2.0.0")
    made.git("checkout", "--quiet", "-b", "inner-link")
    made.write("common/b.yaml", "shared: true\n")
    (made.work / "charts/web/templates/b.yaml").symlink_to("../../../common/b.yaml")
    made.commit("2.1.0")
    made.git("checkout", "--quiet", "-b", "outer-link")
    (made.work / "charts/web/templates/c.yaml").symlink_to("../../../../../../etc/hostname")
    made.commit("2.2.0")
    made.git("checkout", "--quiet", "-b", "circle", "feature/two")
    (made.work / "charts/web/again").symlink_to(".")
    made.commit("2.3.0")
    made.git("checkout", "--quiet", "main")
    made.commit("3.0.0")
    made.publish()
    return made


@pytest.fixture
def daemon(peers, repository):
    """The repository through git's own protocol."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(["git", "daemon", "--export-all", "--listen=127.0.0.1", f"--port={port}", "--reuseaddr",
                                f"--base-path={repository.bare.parent}"], stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
    yield f"git+git://127.0.0.1:{port}/charts.git"
    os.killpg(process.pid, 15)
    process.wait(timeout=20)


REFS = [("", "3.0.0"), ("@main", "3.0.0"), ("@v1.0.0", "1.0.0"), ("@feature/two", "2.0.0")]


def rendered(done):
    return [line.removeprefix("version: ") for line in done.stdout.splitlines() if line.startswith("version: ")]


@pytest.mark.parametrize(("ref", "version"), REFS)
def test_a_ref_of_a_folder(dpctl, repository, ref, version):
    done = dpctl("chart", "template", "r", f"git+file://{repository.bare}{ref}//charts/web", check=True)
    assert rendered(done) == [version]


@pytest.mark.parametrize(("ref", "version"), REFS)
def test_a_ref_of_a_server(dpctl, daemon, ref, version):
    assert rendered(dpctl("chart", "template", "r", f"{daemon}{ref}//charts/web", check=True)) == [version]


def test_a_commit(dpctl, repository, daemon):
    for ref, version in ((repository.first, "1.0.0"), (repository.second, "2.0.0")):
        assert rendered(dpctl("chart", "template", "r", f"{daemon}@{ref}//charts/web", check=True)) == [version]


def test_a_link_inside_is_followed_as_the_working_tree_would(helm, dpctl, repository, daemon):
    repository.git("checkout", "--quiet", "inner-link")
    theirs = helm("template", "r", str(repository.work / "charts/web"))
    assert dpctl("chart", "template", "r", f"{daemon}@inner-link//charts/web", check=True).stdout == theirs.stdout


@pytest.mark.parametrize(("tail", "code", "word"), [
    ("@v1.0.1//charts/web", 5, "has no branch, tag or commit 'v1.0.1'"),
    ("@v1.0.1//charts/web", 5, "did you mean v1.0.0"),
    ("@" + "0" * 40 + "//charts/web", 5, "has no branch, tag or commit"),
    ("//charts/none", 5, "has no 'charts/none'"),
    ("//../work", 2, "leads out of the repository"),
    ("//charts/../../x", 2, "leads out of the repository"),
    ("@outer-link//charts/web", 1, "leads out of the repository"),
    ("@circle//charts/web", 1, "its links lead in a circle"),
    ("@//charts/web", 2, "after '@' stands no branch"),
])
def test_what_is_not_there_or_leads_outside_is_refused(dpctl, daemon, tail, code, word):
    done = dpctl("chart", "template", "r", daemon + tail)
    assert done.returncode == code and word in done.stderr, done.stderr


def test_no_repository(dpctl, tmp_path):
    done = dpctl("chart", "template", "r", f"git+file://{tmp_path}/none.git//web")
    assert done.returncode != 0 and "cannot fetch" in done.stderr


def test_a_server_that_falls_silent_costs_no_more_than_the_time_there_is(dpctl, peers):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        begin = time.monotonic()
        done = dpctl("chart", "template", "r", f"git+git://127.0.0.1:{silent.getsockname()[1]}/x.git", "--timeout", "1s")
        assert done.returncode != 0 and "did not answer in time" in done.stderr, done.stderr
        assert time.monotonic() - begin < 10


def test_nothing_stays_behind(dpctl, daemon, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    dpctl("chart", "template", "r", f"{daemon}//charts/web", env={"TMPDIR": str(temporary)}, check=True)
    assert list(temporary.iterdir()) == []


def test_hooks_and_filters_of_the_repository_do_not_run(dpctl, repository, tmp_path):
    proof = tmp_path / "ran"
    repository.git("checkout", "--quiet", "-b", "filters")
    repository.write(".gitattributes", "* filter=evil ident\n")
    repository.commit("4.0.0")
    repository.git("push", "--quiet", str(repository.bare), "filters")
    subprocess.run(["git", "-C", str(repository.bare), "config", "filter.evil.smudge", f"touch {proof}"], check=True, timeout=20)
    for name in ("post-checkout", "post-merge", "reference-transaction"):
        hook = repository.bare / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {proof}\n")
        hook.chmod(0o755)
    assert rendered(dpctl("chart", "template", "r", f"git+file://{repository.bare}@filters//charts/web", check=True)) == ["4.0.0"]
    assert not proof.exists()
