"""Families of offences: read from an index's file, told by the API, given to what is there."""

import csv

from sqlalchemy import text

from service.resources import harm_indexes_dir
from service.store import schema
from service.store.repository import harm_indexes
from service.store.tenant import Tenant

STATE = text(
    "SELECT name, encode(content_sha256, 'hex'), "
    "(SELECT count(family) FROM harm_weight WHERE harm_index_id = id) FROM harm_index ORDER BY name"
)


def told(client, name):
    lines = client.get(f"/api/v1/harm-indexes/{name}").json()["weights"]
    return {line["offence_code"]: line["family"] for line in lines}


def state(tenant):
    with tenant.database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(STATE)]


def test_the_indexes_that_ship_tell_their_families(client):
    home_office = told(client, "cchi-2026-home-office")
    assert home_office["rape"] == home_office["other-sexual-offences"] == "sexual"
    assert home_office["stalking-harassment"] == "disorder"
    assert home_office["drugs-trafficking"] is None
    for name in ("cchi-2026-police-uk", "ons-css-2016-police-uk"):
        assert told(client, name)["anti-social-behaviour"] == "disorder"
        assert told(client, name)["drugs"] is None
    assert told(client, "count") == {"*": None}


def test_some_families_are_read_and_the_rest_are_none(client):
    url = "/api/v1/harm-indexes/mine?version=1"
    table = "offence_code,weight,family\na,1,x\nb,2,\nc,3,  x \nd,4,   \ne,5\n"
    assert client.put(url, content=table).status_code == 200
    assert told(client, "mine") == {"a": "x", "b": None, "c": "x", "d": None, "e": None}
    changed = client.put(url, content=table.replace("b,2,", "b,2,y"))
    assert changed.status_code == 409


def test_an_agency_equipped_before_gets_families_once_and_keeps_its_weights(tenant: Tenant):
    fresh = state(tenant)
    with tenant.database.engine.begin() as connection:
        schema.downgrade(connection, "0016")
    with tenant.database.engine.begin() as connection:
        before = dict(
            connection.execute(
                text("SELECT name, encode(content_sha256, 'hex') FROM harm_index")
            ).all()  # type: ignore[arg-type]
        )
        assert before["count"] == dict(row[:2] for row in fresh)["count"]
        assert all(before[name] != digest for name, digest, n in fresh if n)
        ids = connection.execute(text("SELECT id FROM harm_index ORDER BY id")).scalars().all()
    tenant.database.upgrade()
    assert all(n == 0 for _, _, n in state(tenant))
    tenant.equip()
    assert state(tenant) == fresh
    tenant.equip()
    with tenant.database.engine.connect() as connection:
        assert (
            connection.execute(text("SELECT id FROM harm_index ORDER BY id")).scalars().all() == ids
        )


def test_weights_read_for_an_analysis_carry_the_families(tenant: Tenant):
    with (harm_indexes_dir() / "cchi-2026-home-office.csv").open(newline="") as file:
        written = {line["offence_code"]: line["family"] for line in csv.DictReader(file)}
    with tenant.unit_of_work() as (session, agency):
        stored = harm_indexes.find(session, agency, "cchi-2026-home-office")
        index = harm_indexes.weights_of(session, stored)
    codes = list(written)
    numbers = dict(zip(codes, index.families(codes).tolist(), strict=True))
    for one in codes:
        for other in codes:
            alike = one == other or (written[one] != "" and written[one] == written[other])
            assert (numbers[one] == numbers[other]) == alike
