"""Parts of the lab that need no running peer."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from lab import cache, images, kafka_wire, mountns, process, relay, settings


def test_crc32c_matches_the_check_value_of_its_definition():
    assert kafka_wire.crc32c(b"123456789") == 0xE3069283


def test_a_record_batch_reads_back_as_it_was_written():
    records = [(b"", b"v"), (b"key", b"x" * 300), (b"k", b"")]
    data = kafka_wire.batch(records)
    assert kafka_wire._records(data + data[:40]) == records  # a cut-off batch at the end is left out


def test_a_key_changes_with_a_name_a_byte_or_the_recipe(tmp_path):
    source = tmp_path / "module"
    source.mkdir()
    (source / "go.sum").write_text("a")
    keys = {cache.key_of([source], "r")}
    (source / "go.sum").write_text("b")
    keys.add(cache.key_of([source], "r"))
    (source / "go.sum").rename(source / "go.mod")
    keys.add(cache.key_of([source], "r"))
    keys.add(cache.key_of([source], "s"))
    assert len(keys) == 4


def test_a_failed_build_leaves_nothing_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DPCTL_CACHE", str(tmp_path))

    def fail(target):
        (target / "half").write_text("done")
        raise settings.PeerError("no")

    with pytest.raises(settings.PeerError):
        cache.build("thing", "k", fail)
    assert [entry.name for entry in (tmp_path / "peers").iterdir()] == [".thing.lock"]


def test_a_process_with_the_same_id_but_another_start_is_not_the_same():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    found = process.identify(child.pid)
    assert found.alive()
    assert not process.Process(found.pid, found.start - 1).alive()
    child.communicate(b"\n")
    assert not found.alive()


def test_two_state_folders_have_two_names(tmp_path):
    assert settings.State(str(tmp_path / "a")).name != settings.State(str(tmp_path / "b")).name


def test_configuration_that_says_so_already_is_not_touched(tmp_path):
    file = settings.write(tmp_path / "c", "text")
    before = file.stat().st_mtime_ns, file.stat().st_ino
    settings.write(file, "text")
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before


def test_an_image_depends_on_its_files_and_not_on_their_order():
    one, two = images.Image(["/a"]), images.Image(["/a"])
    one.add("a", b"1")
    one.add("b/c", b"2")
    two.add("/b/c", b"2")
    two.add("/a", b"1")
    assert one.blobs() == two.blobs()
    two.add("a", b"3")
    assert one.blobs()[0] != two.blobs()[0]


@pytest.mark.parametrize("text", ["", "host", "host:", "host:port"])
def test_a_relay_address_without_a_port_is_refused(text):
    with pytest.raises(ValueError, match="HOST:PORT"):
        relay.address(text)


def test_in_a_chroot_the_nodes_mount_namespace_has_the_chroot_as_its_root(tmp_path):
    inside, folder = tmp_path / "inside", tmp_path / "inside" / "mnt"
    inside.mkdir()
    # A namespace whose root is this machine's, and in it a chroot that differs from it by one file in /mnt.
    prepare = 'mount --rbind / "$0" && mount -t tmpfs none "$1" && touch "$1/in-the-chroot" && mkdir "$1/root" && exec chroot "$0" "${@:2}"'
    command = mountns.apart("/mnt/root", ["sleep", "60"])
    shell = ["unshare", "--mount", "--propagation=unchanged", "bash", "-c", prepare, str(inside), str(folder), *command]
    child = subprocess.Popen(shell)
    try:
        look = mountns.joined(child.pid, ["ls", "/mnt"])
        until = time.monotonic() + 10
        while Path(f"/proc/{child.pid}/comm").read_text() != "sleep\n" and time.monotonic() < until:
            time.sleep(0.01)
        assert subprocess.run(look, capture_output=True, text=True).stdout == "in-the-chroot\nroot\n"
    finally:
        child.kill()
        child.wait()
