"""Fixtures of several system tests."""

import pytest

from web_server import Server


@pytest.fixture
def server(peers):
    with Server() as one:
        yield one


@pytest.fixture
def other(peers):
    with Server() as one:
        yield one
