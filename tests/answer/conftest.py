"""The real articles for the tests of this folder that need them."""

from real import real_clinic  # noqa: F401 - a fixture
