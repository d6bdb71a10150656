"""What takes minutes runs at night, when TOUCHLINE_NIGHTLY is 1."""

import os

import pytest

NIGHTLY = pytest.mark.skipif(os.environ.get("TOUCHLINE_NIGHTLY") != "1", reason="TOUCHLINE_NIGHTLY is not 1")
