"""lib/kube against the real API server: the C++ tests of tests/system/kube, run inside of the lab."""

import os

import pytest


@pytest.fixture(scope="module")
def kube_system_test(dpctl_path):
    """The test program of the same build as dpctl."""
    program = dpctl_path.parent.parent / "tests" / "system" / "kube" / "kube_system_test"
    if not os.access(program, os.X_OK):
        pytest.fail(f"no program at {program}: build the target kube_system_test", pytrace=False)
    return program


@pytest.mark.parametrize("source", ["objects", "pods", "watch"])
def test_lib_kube_on_a_real_server(peers, kube_system_test, source):
    done = peers.run(kube_system_test, f"--source-file=*{source}_test.cpp", "--order-by=rand", timeout=400)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| 0 failed" in done.stdout
    assert "test cases:  0 " not in done.stdout
