"""Chart repositories: dpctl and Helm keep the same files and fetch the same charts; bad servers are refused."""

import hashlib
import json
import time

import pytest
import yaml

CHART = "apiVersion: v2\nname: web\nversion: {}\ndescription: A web server\nkeywords: [http]\n"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n"


@pytest.fixture
def home(tmp_path):
    """Helm's folders, for both programs."""
    return {"HELM_CACHE_HOME": str(tmp_path / "cache"), "HELM_CONFIG_HOME": str(tmp_path / "config"),
            "HELM_DATA_HOME": str(tmp_path / "data")}


@pytest.fixture
def ours(dpctl, home, tmp_path):
    def run(*words, check=True):
        return dpctl("chart", *words, check=check, env=home, cwd=tmp_path)
    return run


@pytest.fixture
def theirs(helm, home, tmp_path):
    def run(*words, check=True):
        return helm(*words, check=check, env=home, cwd=tmp_path)
    return run


@pytest.fixture
def stocked(server, theirs, tmp_path):
    """A repository with web 1.0.0, 1.1.0 and 2.0.0-rc.1, made by Helm."""
    for version in ("1.0.0", "1.1.0", "2.0.0-rc.1"):
        folder = tmp_path / "made" / version
        (folder / "templates").mkdir(parents=True)
        (folder / "Chart.yaml").write_text(CHART.format(version))
        (folder / "templates" / "a.yaml").write_text(MAP)
        theirs("package", str(folder), "-d", str(tmp_path / "public"))
    theirs("repo", "index", str(tmp_path / "public"))
    for file in (tmp_path / "public").iterdir():
        server.pages[f"/{file.name}"] = file.read_bytes()
    return server


def index(*entries):
    rows = [{"name": "web", "version": version, "urls": [url], "digest": digest} for version, url, digest in entries]
    return yaml.safe_dump({"apiVersion": "v1", "entries": {"web": rows}}).encode()


def test_a_repository_that_dpctl_added_is_helms_too_and_the_other_way_round(stocked, ours, theirs):
    assert ours("repo", "add", "a", stocked.url).stdout == theirs("repo", "add", "b", stocked.url).stdout.replace("b", "a", 1)
    assert [row["name"] for row in json.loads(theirs("repo", "list", "-o", "json").stdout)] == ["a", "b"]
    assert [row["name"] for row in json.loads(ours("repo", "list", "-o", "json").stdout)["items"]] == ["a", "b"]
    theirs("pull", "a/web")
    ours("pull", "b/web", "-d", "dpctl")
    ours("repo", "remove", "b")
    assert theirs("repo", "remove", "a").stdout == '"a" has been removed from your repositories\n'


def test_pull_brings_the_bytes_that_helm_brings(stocked, ours, theirs, tmp_path):
    ours("repo", "add", "a", stocked.url)
    (tmp_path / "theirs").mkdir()
    for words in ([], ["--version", "1.0.0"], ["--version", "~1.0"], ["--version", "<1.1"], ["--devel"]):
        ours("pull", "a/web", "-d", "ours", *words)
        theirs("pull", "a/web", "-d", "theirs", *words)
        mine = {file.name: file.read_bytes() for file in (tmp_path / "ours").iterdir()}
        assert mine == {file.name: file.read_bytes() for file in (tmp_path / "theirs").iterdir()}
    assert set(mine) == {"web-1.1.0.tgz", "web-1.0.0.tgz", "web-2.0.0-rc.1.tgz"}


def test_a_chart_is_rendered_from_a_repository_as_helm_renders_it(stocked, ours, theirs):
    by_address = ["web", "--repo", stocked.url, "--version", "1.0.0"]
    archive = [f"{stocked.url}/web-1.1.0.tgz"]
    for words in (by_address, archive):
        assert ours("template", "r", *words).stdout == theirs("template", "r", *words).stdout
        assert ours("show", "chart", *words).stdout == theirs("show", "chart", *words).stdout


def test_search_finds_what_helm_finds(stocked, ours, theirs):
    ours("repo", "add", "a", stocked.url)
    for words in ([], ["web"], ["WEB"], ["http"], ["a web"], ["-l"], ["-l", "--devel"], ["--version", "<1.1"], ["nothing"],
                  ["-r", "w.b$"], ["-r", "^a/w"]):
        found = [{key: row[key] for key in ("name", "version", "description")}
                 for row in json.loads(ours("search", "repo", *words, "-o", "json").stdout)["items"]]
        helms = [{key: row[key] for key in ("name", "version", "description")}
                 for row in json.loads(theirs("search", "repo", *words, "-o", "json").stdout)]
        assert found == helms, words


def test_an_index_is_written_as_helm_writes_it(stocked, ours, theirs, tmp_path):
    def read(path):
        made = yaml.safe_load(path.read_text())
        made.pop("generated")
        for row in made["entries"]["web"]:
            row.pop("created", None)
        return made

    public = tmp_path / "public"
    for words in ([], ["--url", "https://charts.example.org/x"], ["--url", "https://charts.example.org/x", "--json"]):
        theirs("repo", "index", str(public), *words)
        expected = read(public / "index.yaml")
        ours("repo", "index", str(public), *words)
        assert read(public / "index.yaml") == expected
    old = index(("0.9.0", "web-0.9.0.tgz", ""), ("1.0.0", "elsewhere.tgz", ""))
    (tmp_path / "old.yaml").write_bytes(old)
    ours("repo", "index", str(public), "--merge", str(tmp_path / "old.yaml"))
    rows = read(public / "index.yaml")["entries"]["web"]
    assert [row["version"] for row in rows] == ["2.0.0-rc.1", "1.1.0", "1.0.0", "0.9.0"]
    assert rows[2]["urls"] == ["web-1.0.0.tgz"] and rows[3]["urls"] == ["web-0.9.0.tgz"]


def test_dependencies_come_from_repositories_by_address_and_by_alias(stocked, ours, theirs, tmp_path):
    ours("repo", "add", "a", stocked.url)
    for repository in (stocked.url, "@a", "alias:a"):
        for name, run, verb in (("mine", ours, ["dependency", "update"]), ("helms", theirs, ["dependency", "update"])):
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            (folder / "Chart.yaml").write_text("apiVersion: v2\nname: app\nversion: 1.0.0\n"
                                               f"dependencies: [{{name: web, version: ^1, repository: '{repository}'}}]\n")
            run(*verb, str(folder))
        mine, helms = (yaml.safe_load((tmp_path / name / "Chart.lock").read_text()) for name in ("mine", "helms"))
        assert mine["dependencies"] == helms["dependencies"] and mine["digest"] == helms["digest"]
        assert (tmp_path / "mine/charts/web-1.1.0.tgz").read_bytes() == (tmp_path / "helms/charts/web-1.1.0.tgz").read_bytes()
    (tmp_path / "mine/charts/web-1.1.0.tgz").unlink()
    ours("dependency", "build", str(tmp_path / "mine"))
    assert (tmp_path / "mine/charts/web-1.1.0.tgz").exists()


def test_credentials_go_to_the_repositorys_host_and_to_others_only_when_asked(server, other, stocked, ours):
    archive = stocked.pages["/web-1.0.0.tgz"]
    other.pages["/web-1.0.0.tgz"] = archive
    server.pages["/index.yaml"] = index(("1.0.0", f"{other.url}/web-1.0.0.tgz", hashlib.sha256(archive).hexdigest()))
    words = ["pull", "web", "--repo", server.url, "--username", "jo", "--password", "secret"]
    ours(*words)
    assert server.seen[-1][1].startswith("Basic ") and other.seen[-1] == ("/web-1.0.0.tgz", None)
    ours(*words, "--pass-credentials")
    assert other.seen[-1][1] == server.seen[-1][1]


def test_a_redirect_is_followed_without_the_credentials(server, other, stocked, ours):
    other.pages["/moved.tgz"] = stocked.pages["/web-1.0.0.tgz"]

    def moved(handler):
        handler.send_response(302)
        handler.send_header("Location", f"{other.url}/moved.tgz")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server.pages["/web-1.0.0.tgz"] = moved
    ours("pull", "web", "--repo", server.url, "--version", "1.0.0", "--username", "jo", "--password", "secret")
    assert other.seen == [("/moved.tgz", None)]


def loop(handler):
    handler.send_response(302)
    handler.send_header("Location", handler.path)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def cut_off(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b"short")


def flood(handler):
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(4096):
            handler.wfile.write(b"#" * 65536)
    except OSError:
        pass


BAD_INDEXES = {
    "no yaml": (b"\x00\x01{", "index.yaml"),
    "another document": (b"<html></html>", "no index of a chart repository"),
    "no version": (b"entries: {}", "no API version"),
    "a list": (b"- a\n", "no index of a chart repository"),
    "deep": (b"[" * 100_000, "deep"),
    "redirected for ever": (loop, "redirect"),
    "cut off": (cut_off, "index.yaml"),
    "without end": (flood, "larger than"),
}


@pytest.mark.parametrize("case", BAD_INDEXES)
def test_a_bad_index_is_refused_with_its_reason_and_nothing_is_kept(case, server, ours, tmp_path):
    server.pages["/index.yaml"], reason = BAD_INDEXES[case]
    refused = ours("repo", "add", "a", server.url, "--timeout", "30s", check=False)
    assert refused.returncode in (1, 2) and refused.stdout == ""
    assert server.url in refused.stderr and reason in refused.stderr, refused.stderr
    assert not (tmp_path / "config").exists() and not (tmp_path / "cache").exists()


def test_an_archive_that_is_not_the_one_its_index_names_is_refused(server, stocked, ours, tmp_path):
    server.pages["/index.yaml"] = index(("1.0.0", "web-1.0.0.tgz", "0" * 64))
    refused = ours("pull", "web", "--repo", server.url, "-d", "got", check=False)
    assert refused.returncode == 1 and "the index says " + "0" * 64 in refused.stderr
    assert not (tmp_path / "got").exists()


def test_a_name_that_leads_elsewhere_writes_nothing_there(server, stocked, ours, tmp_path):
    server.pages["/..%2F..%2Fevil.tgz"] = stocked.pages["/web-1.0.0.tgz"]
    server.pages["/index.yaml"] = index(("1.0.0", f"{server.url}/..%2F..%2Fevil.tgz", ""))
    refused = ours("pull", "web", "--repo", server.url, "-d", "one/two", check=False)
    assert refused.returncode == 1 and "is no name for an archive" in refused.stderr
    assert not (tmp_path / "evil.tgz").exists()


def test_a_server_that_never_answers_is_given_up_at_the_timeout(server, ours):
    server.pages["/index.yaml"] = lambda handler: time.sleep(20)
    began = time.monotonic()
    refused = ours("repo", "add", "a", server.url, "--timeout", "1s", check=False)
    assert refused.returncode == 124 and time.monotonic() - began < 10


def test_an_update_keeps_the_index_of_a_repository_that_fails(server, stocked, other, ours):
    other.pages = dict(stocked.pages)
    ours("repo", "add", "good", server.url)
    ours("repo", "add", "bad", other.url)
    other.pages["/index.yaml"] = b"<html>"
    updated = ours("repo", "update", check=False)
    assert updated.returncode == 1 and '"good"' in updated.stdout and "bad" in updated.stderr
    ours("pull", "bad/web")
