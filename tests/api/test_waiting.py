"""Accepted rows that name somebody unknown: the answer tells them, and the database agrees with the answer."""

import json
import random
from typing import Any

import psycopg
import pytest

from api.openapi import EXAMPLES
from include.ingest.datasets import Reference, dataset
from include.ingest.profile import load_profile
from include.intake import waiting
from include.intake.rows import DATASETS_TAKEN, REFUSALS_TOLD, SOURCE, RowJudge, parse_lines
from include.intake.waiting import Wait
from include.schemas.organisation import load_organisation
from include.sql import statement
from tests.api.service import Reply, Service, expense, ndjson
from tests.conftest import Warehouse
from tests.faults.road import Road


def looked_up(name: str) -> list[Reference]:
    """References of a dataset that the load looks up and does not create."""
    layout = load_profile(SOURCE).layout_of(f"{name}-.csv")
    assert layout
    return [each for each in dataset(name).references if each.field not in layout.datasets[0].creates]


LOOKED_UP = [reference for name in DATASETS_TAKEN for reference in looked_up(name)]
SITE = "00000000-0000-4000-8000-000000000001"
# What stands in core, alive and deleted, and names that are looked up.
IN_CORE = {
    "departments": [{"code": "WASH", "name": "Water  and Hygiene"}, {"code": "FIN", "name": "wash"}],
    "categories": [{"code": "TRAVEL", "name": "Travel by Road"}],
    "users": [
        {"employee_no": "E1", "full_name": "A", "email": "Ann@example.org"},
        {"employee_no": "É2", "full_name": "B", "email": None},
    ],
    "donors": [{"code": "DN", "name": "Donor", "currency": "KES"}],
    "meters": [{"code": "NBO-M1", "site_id": SITE}],
}
NAMES = [
    *("WASH", "wash", " wash", "Water and Hygiene", "WATER\tAND  hygiene", "Water", "FIN", "fin", "TRAVEL", "Travel By road"),
    *("E1", "e1", "E1 ", "É2", "é2", "ann@EXAMPLE.org", "Ann", "DN", "dn", "Donor", "NBO-M1", "nbo-m1", ""),
    *("gone-WASH", "gone-TRAVEL", "gone-E1", "gone-DN", "gone-NBO-M1", "gone-Ann@example.org", "x', 'y", "İ", "ß", "SS"),
]  # fmt: skip


def put(connection: psycopg.Connection[Any], table: str, row: dict[str, Any], *, is_deleted: bool = False) -> None:
    """A row of core."""
    kept = {"source": "test", "source_key": json.dumps([row, is_deleted]), "source_version": "2026-01-01Z", **row}
    kept["deleted_at"] = "2026-02-01Z" if is_deleted else None
    columns = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, kept))
    values = psycopg.sql.SQL(", ").join(map(psycopg.sql.Placeholder, kept))
    insert = psycopg.sql.SQL("insert into core.{} ({}) values ({})")
    connection.execute(insert.format(psycopg.sql.Identifier(table), columns, values), kept)


def put_all(warehouse: Warehouse) -> None:
    """Everything of IN_CORE, and the same again as deleted rows."""
    with psycopg.connect(warehouse.admin_dsn) as connection:
        put(connection, "sites", {"id": SITE, "code": "NBO", "name": "Office", "timezone": "UTC"})
        for table, rows in IN_CORE.items():
            for row in rows:
                put(connection, table, row)
                gone = {
                    name: text and f"gone-{text}" for name, text in row.items() if name not in ("currency", "site_id")
                }
                put(connection, table, row | gone, is_deleted=True)


def staff(service: Service) -> None:
    """A department, a category, two people, one who left, and one of whom a newer delivery has told."""
    with psycopg.connect(service.warehouse.admin_dsn) as connection:
        put(connection, "departments", {"code": "D1", "name": "Water"})
        put(connection, "categories", {"code": "C1", "name": "Travel"})
        put(connection, "users", {"employee_no": "E1", "full_name": "Ann", "email": "ann@example.org"})
        put(connection, "users", {"employee_no": "E2", "full_name": "Bob", "email": "bob@example.org"})
        put(connection, "users", {"employee_no": "E3", "full_name": "Cem", "source_version": "2199-01-01Z"})
        put(connection, "users", {"employee_no": "E4", "full_name": "Dee", "email": "dee@example.org"}, is_deleted=True)


def claim(number: Any, **changes: Any) -> dict[str, Any]:
    """A claim of somebody."""
    named = {"department": "d1", "category": "Travel", "employee": "e1", "approver": "bob@example.org"}
    return expense(number, origin="app", kind="claim", vendor=None) | named | changes


def person(number: str, **changes: Any) -> dict[str, Any]:
    return {"employee_no": number, "full_name": "Somebody"} | changes


def told(reply: Reply) -> list[dict[str, Any]]:
    """What was answered about single rows, refused and waiting, in their order."""
    return sorted([*reply.json.get("errors", []), *reply.json.get("waiting", [])], key=lambda each: each["row"])


def rejects(service: Service, reply: Reply) -> list[dict[str, Any]]:
    """What the database says about the same rows."""
    page = service.get(reply.json["links"]["rejects"] + "&limit=1000").json
    kept = [{name: each[name] for name in ("row", "field", "code")} for each in page["rejects"]]
    return sorted(kept, key=lambda each: each["row"])


@pytest.mark.parametrize("target", sorted({reference.target for reference in LOOKED_UP}))
def test_the_door_knows_whom_the_load_knows(warehouse: Warehouse, target: str) -> None:
    put_all(warehouse)
    with psycopg.connect(warehouse.dsn("svc_pipeline")) as connection:
        connection.execute("create temporary table wanted as select unnest(%s::text[]) as value, '' as scope", [NAMES])
        connection.execute("create temporary table arriving (value text, id uuid)")
        known = {value for value, *_ in connection.execute(statement(f"ingest/lookups/{target}"), {"source": "api"})}
    with psycopg.connect(warehouse.dsn("svc_api")) as connection:
        unknown = {name for (name,) in connection.execute("select ops.unknown_names(%s, %s)", [target, NAMES])}
    assert known
    assert unknown == set(NAMES) - known


def test_every_reference_of_the_door_can_be_looked_up_and_no_other(warehouse: Warehouse) -> None:
    assert [reference.scope for reference in LOOKED_UP if reference.scope] == []
    with psycopg.connect(warehouse.dsn("svc_api"), autocommit=True) as connection:
        for target in {reference.target for reference in LOOKED_UP}:
            assert connection.execute("select ops.unknown_names(%s, '{}')", [target]).fetchall() == []
        for target in ("vendors", "grants", "expenses", "nothing"):
            with pytest.raises(psycopg.errors.CaseNotFound):
                connection.execute("select ops.unknown_names(%s, '{}')", [target])


@pytest.mark.parametrize("login", ["svc_pipeline", "svc_dashboard", "svc_dbt", "svc_exporter"])
def test_nobody_but_the_door_asks_so(warehouse: Warehouse, login: str) -> None:
    for call in ("ops.unknown_names('users', '{E1}')", "ops.others_emails('{E1}', '{a@example.org}')"):
        with psycopg.connect(warehouse.dsn(login)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"select {call}")


def test_the_database_agrees_with_what_was_answered_about_each_row(service: Service, road: Road) -> None:
    staff(service)
    rows = [
        claim(1),
        claim(2, spent_on="05/10/2026"),
        claim(3, employee="E404"),
        claim(4, department="Fire", approver="E404"),
        expense(5, category="Travel"),
        claim(6, category="Trips"),
        claim(7, approver="nobody@example.org"),
        claim(8, employee="E404", approver="E404"),
        claim(8),  # of two versions the last one counts
        claim(9),
        claim(9, employee="E404"),
    ]
    for body in (rows, ndjson(rows)):
        reply = service.post("/v1/expenses/batch", body)
        assert reply.status == 207, reply.body
        assert reply.json["errors"] == [{"row": 2, "field": "spent_on", "code": "invalid_date"}]
        assert reply.json["waiting"] == [
            {"row": row, "field": field, "code": "unknown_reference"}
            for row, field in ((3, "employee"), (4, "department"), (6, "category"), (7, "approver"), (11, "employee"))
        ]
        assert (reply.json["accepted"], reply.json["refused"], reply.json["waiting_rows"]) == (10, 1, 5)
        assert {"field": "employee", "code": "unknown_reference", "rows": 2} in reply.json["waiting_counts"]
        assert reply.json["is_waiting_complete"] is True
    for word in ("E404", "Fire", "Trips", "nobody"):
        assert word not in reply.body.decode() + service.log.read_text()
    assert road.travel().ends == [("loaded", None), ("loaded", None)]
    assert rejects(service, reply) == told(reply)
    assert sorted(road.expenses("api")) == ["E1", "E5", "E8"]


def test_a_row_is_loaded_when_the_one_it_names_comes_home_before_it(service: Service, road: Road) -> None:
    staff(service)
    first = service.post("/v1/expenses/batch", [claim(1, employee="E9"), claim(2, employee="E404")])
    assert [each["row"] for each in first.json["waiting"]] == [1, 2]
    assert service.post("/v1/users", person("E9")).status == 202
    service.wait_for_files(2)
    road.travel()
    assert sorted(road.expenses("api")) == ["E1"]
    assert rejects(service, first) == [{"row": 2, "field": "employee", "code": "unknown_reference"}]
    assert service.post("/v1/expenses/batch", [claim(1, employee="E9")]).status == 202, "now E9 is known"


def test_a_single_row_is_told_to_wait_and_ends_so(service: Service, road: Road) -> None:
    staff(service)
    known = service.post("/v1/expenses", claim(1))
    unknown = service.post("/v1/expenses", claim(2, employee="E404"))
    assert (known.status, unknown.status) == (202, 202)
    assert "waiting" not in known.json
    assert unknown.json["waiting"] == [{"row": unknown.json["row"], "field": "employee", "code": "unknown_reference"}]
    doubled = service.post("/v1/users", person("E7", email="ann@example.org"))
    assert doubled.json["waiting"] == [{"row": 1, "field": "email", "code": "duplicate_email"}]
    reading, rate = EXAMPLES["meter_readings"], {**EXAMPLES["fx_rates"], "donor": "DN"}
    others = [service.post("/v1/meter-readings", reading), service.post("/v1/fx-rates", rate)]
    assert [reply.json["waiting"][0]["field"] for reply in others] == ["meter", "donor"], others
    service.wait_for_files(4)
    road.travel()
    for reply in (unknown, doubled, *others):
        assert rejects(service, reply) == told(reply)
    assert sorted(road.expenses("api")) == ["E1"]


def test_people_and_departments_may_name_each_other_in_one_batch(service: Service, road: Road) -> None:
    staff(service)
    people = [
        person("N1", manager="n2", department="D1"),
        person("N2", manager="N1"),  # each other's, and both arrive
        person("N3", department="gone"),
        person("N4", manager="N3"),
        person("N5", manager="N4", email="five@example.org"),  # behind one who is refused
        person("N6", email="ANN@example.org".lower()),
        person("N7", manager="N6"),
        person("N8", email="eight@example.org"),
        person("N9", email="eight@example.org"),
        person("E2", email="eight@example.org"),
        person("N10", email="bob@example.org"),  # E2 gives it away in this very batch, and has it meanwhile
        person("N11", manager="N12"),
        person("N12"),
        person("N12", manager="nobody"),  # the last version counts
        person("N13", manager="E4"),
        person("N14", email="dee@example.org"),  # who left keeps it
        person("E3", email="ann@example.org"),  # superseded, and no reject
    ]
    reply = service.post("/v1/users/batch", people)
    assert [(each["row"], each["field"]) for each in reply.json["waiting"]] == [
        (3, "department"), (4, "manager"), (5, "manager"), (6, "email"), (7, "manager"), (9, "email"), (10, "email"),
        (11, "email"), (12, "manager"), (14, "manager"), (15, "manager"), (16, "email"),
    ]  # fmt: skip
    parents = [
        {"code": "K1", "name": "Kitchen", "parent": "k2"},
        {"code": "K2", "name": "Kantine", "parent": "Water"},
        {"code": "K3", "name": "Cellar", "parent": "Kitchen"},  # those who arrive are known by their code
    ]
    below = service.post("/v1/departments/batch", parents)
    assert below.json["waiting"] == [{"row": 3, "field": "parent", "code": "unknown_reference"}]
    road.travel()
    assert rejects(service, reply) == told(reply)
    assert rejects(service, below) == told(below)


def test_who_is_deleted_stays_nobody_when_the_row_that_brings_them_back_is_refused(
    service: Service, road: Road
) -> None:
    staff(service)
    back = [person("E4", email="ann@example.org"), person("P1", manager="E4"), person("P2", manager="P1")]
    refused = service.post("/v1/users/batch", back)
    assert refused.json["waiting"] == [
        {"row": 1, "field": "email", "code": "duplicate_email"},
        {"row": 2, "field": "manager", "code": "unknown_reference"},
        {"row": 3, "field": "manager", "code": "unknown_reference"},
    ]
    road.travel()
    assert rejects(service, refused) == told(refused)
    assert service.rows("select employee_no from core.users where employee_no like 'P%'") == []

    taken = service.post("/v1/users/batch", [person("E4"), *back[1:]])
    assert "waiting" not in taken.json
    road.travel()
    assert rejects(service, taken) == []


@pytest.mark.parametrize("seed", range(3))
def test_whatever_people_a_batch_holds_the_answer_is_what_the_load_does(
    service: Service, road: Road, seed: int
) -> None:
    staff(service)
    chance = random.Random(seed)  # noqa: S311 - no secret is made of it
    for _ in range(3):
        people = [
            person(
                chance.choice(["E4", *(f"P{chance.randrange(40)}" for _ in range(9))]),
                manager=chance.choice([None, "E1", "E4", "E404", *(f"p{chance.randrange(40)}" for _ in range(9))]),
                department=chance.choice([None, "D1", "water", "D1", "D1", "gone"]),
                email=chance.choice(
                    [None, *(f"{name}@example.org" for name in ("ann", "dee", *chance.choices(range(40))))]
                ),
                job_title=str(chance.random()),
            )
            for _ in range(60)
        ]
        reply = service.post("/v1/users/batch", people)
        assert reply.status == 207
        assert road.travel().ends == [("loaded", None)]
        assert rejects(service, reply) == told(reply)


def test_of_many_rows_that_wait_the_first_thousand_are_told_and_all_counted(service: Service, road: Road) -> None:
    staff(service)
    n_rows = 2 * REFUSALS_TOLD
    rows = [claim(n, employee=f"X{n}") for n in range(n_rows)] + [claim(n) for n in range(10)]
    reply = service.post("/v1/expenses/batch", ndjson(rows))
    assert reply.json["waiting_counts"] == [{"field": "employee", "code": "unknown_reference", "rows": n_rows - 10}]
    assert [each["row"] for each in reply.json["waiting"]] == list(range(11, 11 + REFUSALS_TOLD))
    assert reply.json["is_waiting_complete"] is False
    road.travel()
    assert service.get(reply.json["links"]["batch"]).json["rejects"] == {"unknown_reference": n_rows - 10}


def test_what_is_remembered_of_a_long_stream_has_a_bound_and_the_answer_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "REMEMBERED", 10)

    def settled(name: str, rows: list[dict[str, Any]], unknown: str) -> tuple[waiting.WaitingRows, waiting.Waits]:
        judge = RowJudge(name, load_organisation())
        judge.judge(parse_lines(ndjson(rows).split(b"\n"), 1))
        judge.settle()
        question = judge.waiting.question()
        judge.waiting.judge(question, {pair for pair in question.names if pair[1].startswith(unknown)}, set())
        folded = {name: name.lower() for name in judge.waiting.names_to_fold()}
        return judge.waiting, judge.waiting.settle(folded)

    rows = [claim(n, employee=f"X{n}") for n in range(25)]
    judged, waits = settled("expenses", rows, "X")
    assert (len(waits.rows), waits.counts.total(), waits.is_complete) == (10, 25, False)
    assert {name for _, name in judged.question().names} == set()
    judged.take((0, 26, "E26", *[None] * 40))
    assert judged.question().names == set(), "a row that names nothing asks nothing"

    people = [person(f"N{n}", manager=f"N{n - 1}" if n else None) for n in range(13)]
    _, waits = settled("users", people, "N")
    assert waits.rows == [Wait(row, "manager", "unknown_reference") for row in (11, 12, 13)], "known is what fits"
    assert not waits.is_complete
