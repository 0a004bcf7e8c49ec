"""Nobody comes in who should not: keys, sessions, roles, route by route."""

import base64
import datetime as dt
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import Response
from fastapi.testclient import TestClient
from sqlalchemy import inspect, text

from service.access import login
from service.access.listening import check_listening
from service.access.roles import PUBLIC, ROLES, ROUTES, Permission
from service.http.app import create_app
from service.http.layers.access import Access, guarded_routes
from service.settings import Settings
from service.store.tenant import Tenant
from spatial.errors import InvalidInputError
from tests.api.commands import called

KNOWN = Settings(access="known", worker="none", ogc_incidents=True)


@pytest.fixture
def app(database):
    return create_app(KNOWN, database)


@pytest.fixture
def stranger(app):
    """A client whom nobody knows."""
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as started:
        yield started


@pytest.fixture
def tenant(stranger):
    return stranger.app.state.tenant


def key_for(tenant: Tenant, *roles: str, name: str | None = None, **more) -> str:
    with tenant.unit_of_work() as (session, agency):
        made = login.make_key(
            session, agency, name=name or "+".join(roles), roles=roles, by="test", **more
        )
    return made.text


def code_for(tenant: Tenant, *roles: str, lives=dt.timedelta(minutes=5)) -> str:
    with tenant.unit_of_work() as (session, agency):
        return login.make_code(session, agency, name="Ann", roles=roles, by="test", lives=lives)


def by_key(key: str) -> dict[str, str]:
    return {"X-API-Key": key}


def routes(app):
    """Return method, address filled in, and what is asked for, of every route."""
    return [
        (
            method,
            f"{one.template}/x" if one.below else re.sub(r"{[^}]+}", "1", one.template),
            one.asks,
        )
        for one in guarded_routes(app)
        for method in one.methods
    ]


def test_every_route_stands_in_the_table_and_the_table_names_no_other(app):
    found = guarded_routes(app)
    assert not [(one.methods, one.template) for one in found if one.asks is None]
    templates = {one.template for one in found}
    assert set(ROUTES) - templates == {"/api/v1/{process}"}
    known = {(one.template, method) for one in found for method in one.methods}
    rows = {(path, method) for path, methods in ROUTES.items() for method in methods}
    assert rows - known == {("/api/v1/{process}", "GET")}


def test_a_route_without_a_row_is_answered_to_nobody(app, stranger, tenant):
    app.get("/api/v1/forgotten")(lambda: "secret")
    key = key_for(tenant, "admin")
    answer = stranger.get("/api/v1/forgotten", headers=by_key(key))
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_who_is_not_known_reads_health_and_the_way_in_alone(app, stranger):
    public = {path for path, methods in ROUTES.items() if PUBLIC in methods.values()}
    assert public == {"/healthz", "/readyz", "/login", "/static", "/static-offline-docs"}
    for method, path, asks in routes(app):
        for said in ({}, by_key("hsk_abcdefgh_" + "x" * 43)):
            answer = stranger.request(method, path, headers=said)
            if asks == PUBLIC:
                assert answer.status_code not in (401, 403), (method, path)
                continue
            assert answer.status_code == 401, (method, path)
            assert answer.json()["type"].endswith("/unauthenticated")
            assert answer.headers["www-authenticate"].startswith("Basic ")
    for path in ("/nowhere", "/api/v1/nothing", "/ogc/nothing", "/metrics/", "//", "/runs/../jobs"):
        assert stranger.get(path).status_code == 401, path
    assert stranger.put("/api/v1/runs").status_code == 401


def test_each_role_reaches_what_its_permissions_say_and_no_more(app, stranger, tenant):
    """The guard, before an application that lets everything happen at once."""

    async def happens(scope, receive, send):
        await Response(status_code=204)({**scope, "app": app}, receive, send)

    guard = Access(happens, KNOWN)

    async def of_this_app(scope, receive, send):
        await guard({**scope, "app": app}, receive, send)

    probe = TestClient(of_this_app)
    for role, may in ROLES.items():
        key = by_key(key_for(tenant, role))
        for method, path, asks in routes(app):
            answer = probe.request(method, path, headers=key)
            expected = 204 if asks == PUBLIC or asks & may else 403
            assert answer.status_code == expected, (role, method, path, answer.text)


def test_what_a_role_may_not_do_is_refused_before_a_body_is_read(stranger, tenant):
    viewer = by_key(key_for(tenant, "viewer"))
    for method, path in [
        ("POST", "/api/v1/incidents/batches?profile=generic"),
        ("POST", "/api/v1/jobs"),
        ("PUT", "/api/v1/boundaries/x"),
        ("GET", "/api/v1/targets"),
        ("GET", "/api/v1/incidents/batches/1/rejected"),
        ("POST", "/ogc/processes/targets/execution"),
    ]:
        answer = stranger.request(method, path, headers=viewer, content=b"{")
        assert answer.status_code == 403, (method, path)
        assert answer.json()["type"].endswith("/not-permitted")
        assert "viewer may not do this: it takes" in answer.json()["detail"]


def test_who_may_not_publish_publishes_by_no_job_either(stranger, tenant):
    wanted = {"process": "concentration", "parameters": {"index": "count", "from": "2024-01-01",
              "to": "2024-12-31"}, "publish": True}  # fmt: skip
    planner, analyst = (by_key(key_for(tenant, role)) for role in ("planner", "analyst"))
    assert stranger.post("/api/v1/jobs", json=wanted, headers=planner).status_code == 403
    made = stranger.post("/api/v1/jobs", json=wanted, headers=analyst)
    assert made.status_code == 202, made.text
    assert made.json()["requested_by"] == "analyst"
    own = stranger.post("/api/v1/jobs", json=wanted | {"publish": False}, headers=planner)
    assert own.status_code == 202


def test_single_incidents_of_the_ogc_api_ask_for_more_than_results(stranger, tenant):
    viewer, analyst = (by_key(key_for(tenant, role)) for role in ("viewer", "analyst"))
    for below in ("", "/", "/items", "/items/1", "/items/", "/queryables", "/schema", "/tiles",
                  "/tiles/WebMercatorQuad/0/0/0"):  # fmt: skip
        path = f"/ogc/collections/incidents{below}"
        assert stranger.get(path, headers=viewer).status_code == 403, path
        assert stranger.get(path, headers=analyst).status_code != 403, path
        assert stranger.head(path, headers=viewer).status_code == 403, path
    for path in ("/ogc/collections/targets", "/ogc/collections"):
        assert stranger.get(path, headers=viewer).status_code == 200


def test_positions_of_patrols_are_in_no_role():
    assert not [name for name, may in ROLES.items() if Permission.POSITIONS_READ in may]


def test_a_key_is_sent_in_each_way_that_clients_know(stranger, tenant):
    key = key_for(tenant, "viewer")
    basic = base64.b64encode(f"anything:{key}".encode()).decode()
    for said in (
        {"X-API-Key": key},
        {"X-API-Key": f" {key} "},
        {"Authorization": f"Bearer {key}"},
        {"Authorization": f"Basic {basic}"},
        {"Authorization": f"basic {basic}"},
        {"Authorization": f"Bearer {key}", "X-API-Key": key},
    ):
        assert stranger.get("/api/v1/runs", headers=said).status_code == 200, said
    other = key_for(tenant, "planner")
    for said in (
        {"Authorization": "Basic %%%"},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe").decode()},
        {"Authorization": "Negotiate abc"},
        {"Authorization": ""},
        {"Authorization": f"Bearer {key}", "X-API-Key": other},
        {"X-API-Key": key[:-1]},
        {"X-API-Key": key.upper()},
        {"X-API-Key": key[:-1] + ("A" if key[-1] != "A" else "B")},
        {"X-API-Key": "hsk_" + "a" * 100_000},
    ):
        answer = stranger.get("/api/v1/runs", headers=said)
        assert answer.status_code == 401, said
        assert key[13:] not in answer.text


def test_a_key_is_made_listed_used_and_revoked(stranger, tenant):
    admin = by_key(key_for(tenant, "admin"))
    made = stranger.post(
        "/api/v1/keys", json={"name": "briefing", "roles": ["viewer"]}, headers=admin
    )
    assert made.status_code == 201
    key, prefix = made.json()["key"], made.json()["prefix"]
    assert made.json()["created_by"] == "admin"
    again = stranger.post(
        "/api/v1/keys", json={"name": "briefing", "roles": ["viewer"]}, headers=admin
    )
    assert again.status_code == 409
    assert stranger.get("/api/v1/runs", headers=by_key(key)).status_code == 200
    listed = stranger.get("/api/v1/keys", headers=admin)
    assert key[13:] not in listed.text
    one = next(row for row in listed.json() if row["prefix"] == prefix)
    assert one["last_used_at"] is not None
    assert stranger.get("/api/v1/keys", headers=by_key(key)).status_code == 403
    ended = stranger.delete(f"/api/v1/keys/{prefix}", headers=admin)
    assert ended.json()["revoked_at"] is not None
    assert stranger.get("/api/v1/runs", headers=by_key(key)).status_code == 401
    assert stranger.delete("/api/v1/keys/nothing1", headers=admin).status_code == 404
    for wrong in (
        {"name": "x", "roles": ["king"]},
        {"name": "", "roles": ["viewer"]},
        {"name": "x", "roles": []},
        {"name": "a\r\nb", "roles": ["viewer"]},
        {"name": "x", "roles": ["viewer"], "expires_at": "2001-01-01T00:00:00Z"},
    ):
        assert stranger.post("/api/v1/keys", json=wrong, headers=admin).status_code == 422, wrong


def test_a_key_that_is_over_lets_nobody_in(stranger, tenant):
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    key = key_for(tenant, "viewer", expires_at=soon)
    assert stranger.get("/api/v1/runs", headers=by_key(key)).status_code == 200
    with tenant.unit_of_work() as (session, _):
        session.execute(text("UPDATE api_key SET expires_at = now() - interval '1 second'"))
    assert stranger.get("/api/v1/runs", headers=by_key(key)).status_code == 401


def test_a_key_is_of_its_agency_alone(stranger, tenant):
    key = key_for(Tenant(tenant.database, "elsewhere"), "admin")
    assert stranger.get("/api/v1/runs", headers=by_key(key)).status_code == 401


def test_no_secret_is_stored(stranger, tenant):
    key, code = key_for(tenant, "viewer"), code_for(tenant, "viewer")
    begun = stranger.post("/login", data={"code": code})
    cookie = next(iter(begun.cookies.values()))
    with tenant.database.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            rows = connection.scalars(text(f'SELECT row("{table}".*)::text FROM "{table}"'))
            held = "\n".join(map(str, rows))
            for secret in (key[13:], code, cookie):
                assert secret not in held, table


def logged_in(client: TestClient, code: str) -> str:
    """Log in, and return what writes have to send."""
    begun = client.post("/login", data={"code": code, "next": "/runs"})
    assert begun.status_code == 303, begun.text
    assert begun.headers["location"] == "/runs"
    said = begun.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=lax" in said
    token = client.get("/api/v1/session").json()["csrf_token"]
    assert isinstance(token, str)
    return token


def test_a_person_logs_in_once_by_a_link_and_writes_with_the_sessions_token(stranger, tenant):
    code = code_for(tenant, "admin")
    token = logged_in(stranger, code)
    assert stranger.get("/runs").status_code == 200
    wanted = {"name": "one", "roles": ["viewer"]}
    for said in ({}, {"X-CSRF-Token": "wrong"}, {"X-CSRF-Token": ""}):
        refused = stranger.post("/api/v1/keys", json=wanted, headers=said)
        assert refused.status_code == 403
        assert "X-CSRF-Token" in refused.json()["detail"]
    made = stranger.post("/api/v1/keys", json=wanted, headers={"X-CSRF-Token": token})
    assert made.status_code == 201
    assert made.json()["created_by"] == "Ann"
    with TestClient(stranger.app, follow_redirects=False) as other:
        again = other.post("/login", data={"code": code})
        assert again.status_code == 401
        assert not again.cookies
        assert other.get("/api/v1/runs").status_code == 401
    out = stranger.delete("/api/v1/session", headers={"X-CSRF-Token": token})
    assert out.status_code == 204
    assert out.headers["clear-site-data"] == '"cache"'
    assert stranger.get("/api/v1/runs").status_code == 401


def test_a_session_that_was_ended_is_ended_for_whoever_kept_its_cookie(stranger, tenant):
    token = logged_in(stranger, code_for(tenant, "viewer"))
    kept = dict(stranger.cookies)
    stranger.delete("/api/v1/session", headers={"X-CSRF-Token": token})
    stranger.cookies.clear()
    stranger.cookies.update(kept)
    assert stranger.get("/api/v1/runs").status_code == 401


def test_two_at_once_use_a_code_once(stranger, tenant):
    code = code_for(tenant, "viewer")

    def log_in(_: int) -> int:
        return int(TestClient(stranger.app, follow_redirects=False)
                   .post("/login", data={"code": code}).status_code)  # fmt: skip

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(log_in, range(8))) == [303] + [401] * 7


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE session SET expires_at = now()",
        "UPDATE session SET last_seen_at = now() - interval '121 minutes'",
        "UPDATE api_key SET revoked_at = now()",
        "UPDATE api_key SET expires_at = now()",
    ],
)
def test_a_session_ends_with_its_time_its_rest_and_its_key(stranger, tenant, change):
    logged_in(stranger, key_for(tenant, "viewer"))
    assert stranger.get("/api/v1/runs").status_code == 200
    with tenant.unit_of_work() as (session, _):
        session.execute(text(change))
    assert stranger.get("/api/v1/runs").status_code == 401


def test_codes_that_are_over_or_invented_let_nobody_in(stranger, tenant):
    over = code_for(tenant, "admin", lives=dt.timedelta(seconds=-1))
    for code in (over, "x", "hsk_abcdefgh_" + "x" * 43):
        answer = stranger.post("/login", data={"code": code})
        assert answer.status_code == 401, code
        assert not answer.cookies
    assert stranger.post("/login", data={}).status_code == 422


def test_people_are_led_to_the_page_to_log_in_and_back_but_nowhere_else(stranger, tenant):
    page = {"Accept": "text/html,*/*", "Sec-Fetch-Mode": "navigate"}
    led = stranger.get("/runs?page=2", headers=page)
    assert led.status_code == 303
    assert led.headers["location"] == "/login?next=%2Fruns%3Fpage%3D2"
    shown = stranger.get(led.headers["location"])
    assert 'value="/runs?page=2"' in shown.text
    fetched = stranger.get("/api/v1/runs", headers={"Sec-Fetch-Mode": "cors", "Accept": "*/*"})
    assert fetched.status_code == 401
    assert not fetched.headers["www-authenticate"].startswith("Basic")
    for evil in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1",
                 "/\n/evil.example", "evil", "//[", "//a\u2100b"):  # fmt: skip
        begun = stranger.post("/login", data={"code": code_for(tenant, "viewer"), "next": evil})
        assert begun.headers["location"] == "/", evil


def test_a_key_wrongly_sent_is_told_and_a_session_beside_it_is_not_taken(stranger, tenant):
    logged_in(stranger, code_for(tenant, "viewer"))
    assert stranger.get("/api/v1/runs", headers=by_key("wrong")).status_code == 401


def test_listening_for_others_takes_encryption_and_keys_of_ones_own(stranger, tenant):
    with tenant.unit_of_work() as (session, agency):
        first = login.first_key(session, agency)
        assert first is not None
        assert login.first_key(session, agency) is None
    check_listening(Settings(access="known", host="127.0.0.1"), tenant)
    for settings, said in [
        (Settings(access="known", host="0.0.0.0"), ["HARMSPOT_TLS", "first admin key"]),
        (Settings(access="known", host="10.0.0.5", tls=True), ["first admin key"]),
        (Settings(access="open", host="::", tls=True), ["HARMSPOT_ACCESS"]),
    ]:
        with pytest.raises(InvalidInputError) as refused:
            check_listening(settings, tenant)
        told = str(refused.value) + str(refused.value.problems)
        assert all(one in told for one in said)
    key_for(tenant, "admin", name="mine")
    with tenant.unit_of_work() as (session, _):
        session.execute(text("UPDATE api_key SET revoked_at = now() WHERE first"))
    check_listening(Settings(access="known", host="10.0.0.5", tls=True), tenant)
    check_listening(Settings(access="open", host="0.0.0.0", insecure=True), tenant)


def test_keys_and_links_by_command(database, stranger):
    settings = {"DATABASE_URL": database.url.render_as_string(hide_password=False)}
    made = called(
        "key", "create", "--role", "viewer", "--name", "tool", "--json", settings=settings
    )
    assert made.status == 0, made.stderr
    key = json.loads(made.stdout)
    assert set(key) == {"key", "prefix"}
    assert stranger.get("/api/v1/runs", headers=by_key(key["key"])).status_code == 200
    listed = called("key", "list", settings=settings)
    assert key["prefix"] in listed.stdout
    assert key["key"] not in listed.stdout
    assert called("key", "revoke", key["prefix"], settings=settings).status == 0
    assert stranger.get("/api/v1/runs", headers=by_key(key["key"])).status_code == 401
    assert called("key", "create", "--role", "king", "--name", "x", settings=settings).status == 1
    link = called("login", "--role", "viewer", "--name", "Bo", settings=settings)
    assert link.status == 0, link.stderr
    assert logged_in(stranger, link.stdout.strip().partition("#")[2])
