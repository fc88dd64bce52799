import pytest


@pytest.fixture
def taken():
    return {"news", "news-2", "about"}
