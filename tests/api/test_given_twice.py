"""Parameters that take one value are refused when they are given twice."""

import pytest

from tests.api import published

DAYS = "from=2024-01-01&to=2024-12-31"


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (f"/api/v1/targets?index=count&index=harm&{DAYS}", "query.index"),
        (f"/api/v1/concentration?index=count&{DAYS}&to=2024-06-30", "query.to"),
        ("/api/v1/runs?limit=3&limit=4", "query.limit"),
        (f"/api/v1/runs/{'f' * 24}/comparison?with=a&with=b", "query.with"),
    ],
)
def test_one_value_is_meant(client, path, where):
    answer = client.get(path)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["where"] == where
    assert "is given 2 times" in error["message"]


def test_lists_and_what_nobody_asks_for_may_be_repeated(client):
    published.stock(client)
    question = published.QUESTION | {"offences": ["robbery", "theft"], "strategy": "top"}
    assert client.get("/api/v1/targets", params=question).status_code == 200
    assert client.get("/api/v1/jobs?status=failed&status=running").status_code == 200
    assert client.get("/healthz?x=1&x=2").status_code == 200
