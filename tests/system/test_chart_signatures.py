"""chart package --sign and chart verify beside real Helm: each believes what the other signed."""

import subprocess

import pytest
import yaml

CHART = """apiVersion: v2
name: web
version: 0.1.0
description: {}
keywords: [-dash, "- more"]
maintainers: [{{name: Jo, email: jo@example.org}}]
"""
PASSPHRASE = "open sesame"


def gpg(home, *words, stdin=None):
    done = subprocess.run(["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback", *words], input=stdin,
                          capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class Keys:
    """One key of GnuPG's, its public and secret rings as files."""

    def __init__(self, folder, name, kind, passphrase=""):
        home = folder / f"gnupg-{name}"
        home.mkdir(mode=0o700)
        self.name = name
        gpg(home, "--passphrase", passphrase, "--quick-generate-key", f"{name} <{name}@example.org>", kind, "sign", "never")
        self.public, self.armored, self.secret = folder / f"{name}.gpg", folder / f"{name}.asc", folder / f"{name}.secret.gpg"
        self.public.write_bytes(gpg(home, "--export"))
        self.armored.write_bytes(gpg(home, "--armor", "--export"))
        self.secret.write_bytes(gpg(home, "--passphrase", passphrase, "--export-secret-keys"))
        self.keybox = home / "pubring.kbx"
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True, timeout=60)


@pytest.fixture(scope="module", params=["rsa2048", "ed25519"])
def keys(request, tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys"), "signer", request.param)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("stranger"), "stranger", "ed25519")


@pytest.fixture
def folder(tmp_path):
    chart = tmp_path / "web"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text(CHART.format("x " * 20 + "y" * 9000))
    (chart / "templates" / "a.yaml").write_text("a: 1\n")
    return chart


@pytest.fixture
def signed(dpctl, folder, keys, tmp_path):
    dpctl("chart", "package", str(folder), "-d", str(tmp_path), "--sign", "--key", keys.name, "--keyring", str(keys.secret),
          check=True)
    return tmp_path / "web-0.1.0.tgz"


def test_helm_believes_what_we_sign(helm, dpctl, signed, keys):
    theirs = helm("verify", str(signed), "--keyring", str(keys.public))
    ours = dpctl("chart", "verify", str(signed), "--keyring", str(keys.public), check=True)
    assert ours.stdout == theirs.stdout


def test_we_believe_what_helm_signs(helm, dpctl, folder, keys, tmp_path):
    made = helm("package", str(folder), "-d", str(tmp_path), "--sign", "--key", keys.name, "--keyring", str(keys.secret))
    archive = tmp_path / "web-0.1.0.tgz"
    for ring in (keys.public, keys.armored, keys.keybox):
        ours = dpctl("chart", "verify", str(archive), "--keyring", str(ring), check=True)
        assert ours.stdout == helm("verify", str(archive), "--keyring", str(keys.public)).stdout


def test_a_passphrase_opens_the_key_and_a_wrong_one_does_not(helm, dpctl, folder, tmp_path):
    locked = Keys(tmp_path, "locked", "rsa2048", PASSPHRASE)
    words = ("chart", "package", str(folder), "-d", str(tmp_path), "--sign", "--key", "locked", "--keyring", str(locked.secret),
             "--passphrase-file")
    (tmp_path / "right").write_text(PASSPHRASE + "\n")
    (tmp_path / "wrong").write_text("no")
    refused = dpctl(*words, str(tmp_path / "wrong"))
    assert refused.returncode != 0 and "the passphrase does not open the key of 'locked'" in refused.stderr
    dpctl(*words, str(tmp_path / "right"), check=True)
    done = helm("verify", str(tmp_path / "web-0.1.0.tgz"), "--keyring", str(locked.public))
    assert done.returncode == 0, done.stderr


def alter_archive(archive, provenance):
    archive.write_bytes(archive.read_bytes() + b"x")


def alter_text(archive, provenance):
    provenance.write_text(provenance.read_text().replace("version: 0.1.0", "version: 0.1.1"))


def hide_unsigned_sums(archive, provenance):
    """An altered archive, with its sum in front of the signed part, where a careless reader finds it."""
    alter_archive(archive, provenance)
    sum_ = subprocess.run(["sha256sum", str(archive)], capture_output=True, text=True, check=True).stdout.split()[0]
    provenance.write_text(f"a: 1\n\n...\nfiles:\n  {archive.name}: sha256:{sum_}\n" + provenance.read_text())


def drop_signature(archive, provenance):
    provenance.write_text("name: web\n\n...\nfiles: {}\n")


def remove(archive, provenance):
    provenance.unlink()


@pytest.mark.parametrize(("alter", "word"), [
    (alter_archive, "sha256 sum does not match for web-0.1.0.tgz"),
    (alter_text, "it was altered after it was signed"),
    (hide_unsigned_sums, "sha256 sum does not match for web-0.1.0.tgz"),
    (drop_signature, "signature block not found"),
    (remove, "could not load provenance file"),
])
def test_what_was_altered_is_refused(helm, dpctl, signed, keys, alter, word):
    alter(signed, signed.with_name(signed.name + ".prov"))
    done = dpctl("chart", "verify", str(signed), "--keyring", str(keys.public))
    assert done.returncode != 0 and word in done.stderr, done.stderr
    assert done.stdout == ""
    assert helm("verify", str(signed), "--keyring", str(keys.public), check=False).returncode != 0


def test_the_key_of_a_stranger_is_refused(helm, dpctl, signed, stranger):
    done = dpctl("chart", "verify", str(signed), "--keyring", str(stranger.public))
    assert done.returncode != 0 and "is signed by a key that" in done.stderr
    assert helm("verify", str(signed), "--keyring", str(stranger.public), check=False).returncode != 0


def test_a_renamed_archive_is_not_the_one_that_was_signed(helm, dpctl, signed, keys):
    other = signed.with_name("web-9.9.9.tgz")
    signed.rename(other)
    signed.with_name("web-0.1.0.tgz.prov").rename(other.with_name("web-9.9.9.tgz.prov"))
    done = dpctl("chart", "verify", str(other), "--keyring", str(keys.public))
    assert done.returncode != 0 and "does not contain a SHA for a file named" in done.stderr
    assert helm("verify", str(other), "--keyring", str(keys.public), check=False).returncode != 0


def test_a_ring_that_is_none_is_named(dpctl, signed, tmp_path):
    (tmp_path / "ring").write_text("hello")
    done = dpctl("chart", "verify", str(signed), "--keyring", str(tmp_path / "ring"))
    assert done.returncode != 0 and "is no keyring" in done.stderr


def test_dependencies_are_verified_when_that_is_asked_for(dpctl, server, signed, keys, stranger, tmp_path):
    for file in (signed, signed.with_name(signed.name + ".prov")):
        server.pages[f"/{file.name}"] = file.read_bytes()
    server.pages["/index.yaml"] = yaml.safe_dump({"apiVersion": "v1", "entries": {
        "web": [{"name": "web", "version": "0.1.0", "urls": [f"{server.url}/{signed.name}"]}]}}).encode()
    umbrella = tmp_path / "umbrella"
    umbrella.mkdir()
    (umbrella / "Chart.yaml").write_text("apiVersion: v2\nname: umbrella\nversion: 1.0.0\ndependencies:\n"
                                         f"- {{name: web, version: 0.1.0, repository: '{server.url}'}}\n")
    update = ("chart", "dependency", "update", str(umbrella), "--verify", "--keyring")
    refused = dpctl(*update, str(stranger.public))
    assert refused.returncode != 0 and "is signed by a key that" in refused.stderr
    assert not (umbrella / "charts").exists()
    dpctl(*update, str(keys.public), check=True)
    assert (umbrella / "charts" / signed.name).read_bytes() == signed.read_bytes()
