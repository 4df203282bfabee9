"""What is posted comes home, and the door's answer is the pipeline's."""

from decimal import Decimal

import pytest

from tests.api.service import Service, expense, ndjson
from tests.faults.invariants import check
from tests.faults.road import Road


def test_a_single_expense_comes_home(service: Service, road: Road) -> None:
    reply = service.post("/v1/expenses", expense(1, amount="12.50"))
    assert reply.status == 202, reply.body
    assert reply.json["row"] == 1
    service.wait_for_files(1)
    assert service.get(reply.json["links"]["batch"]).json["state"] == "accepted"
    assert road.travel().ends == [("loaded", None)]
    assert road.expenses("api") == {"E1": Decimal("12.50")}
    state = service.get(reply.json["links"]["batch"]).json
    assert (state["state"], state["rows_sent"], state["results"][0]["loaded"]) == ("loaded", 1, 1)


def test_a_batch_comes_home_as_an_array_and_as_lines(service: Service, road: Road) -> None:
    array = service.post("/v1/expenses/batch", [expense(n) for n in range(3)])
    lines = service.post("/v1/expenses/batch", ndjson([expense(n, amount=20) for n in range(3, 2003)]))
    assert (array.status, lines.status) == (202, 202), (array.body, lines.body)
    assert (lines.json["rows"], lines.json["accepted"]) == (2000, 2000)
    assert len(service.wait_for_files(2)) == 2
    road.travel()
    truth = {f"E{n}": Decimal(10 if n < 3 else 20) for n in range(2003)}
    check(road.query, truth=truth, source="api")


def test_the_answer_about_each_refused_row_is_what_the_rejects_say(service: Service, road: Road) -> None:
    rows = [
        expense(1),
        expense(2, amount="1e400"),
        expense(3, spent_on="05/03/2026"),
        expense(4, currency="XXZ"),
        expense(5, kind="gift"),
        expense(6, amount="12,5x"),
        expense(7, spent_on="2999-01-01"),
        expense(8, external_id=None),
        expense(9, vendor=None),
        expense(10, description="x" * 1001),
        expense(11, amount=True),
        expense(12, amount=99999999999999999999),
    ]
    reply = service.post("/v1/expenses/batch", rows)
    assert reply.status == 207, reply.body
    assert (reply.json["accepted"], reply.json["refused"]) == (1, 11)
    service.wait_for_files(1)
    assert road.travel().ends == [("loaded", None)]
    kept = service.rows("select row_number - 1 as row, field, code from ops.rejects order by row_number")
    assert kept == reply.json["errors"]
    check(road.query, truth={"E1": Decimal(10)}, source="api")
    listed = service.get(reply.json["links"]["rejects"]).json
    told = [{key: each[key] for key in ("row", "field", "code")} for each in listed["rejects"]]
    assert sorted(told, key=lambda each: each["row"]) == kept
    assert service.get(reply.json["links"]["batch"]).json["rejects"] == reply.json["codes"]


def test_the_latest_of_several_versions_wins_though_all_wait_in_the_inbox(service: Service, road: Road) -> None:
    for status, amount in (("submitted", 1), ("approved", 2)):
        service.post("/v1/expenses", expense(1, status=status, amount=amount))
    service.post("/v1/expenses/batch", [expense(1, status="rejected", amount=3)])
    service.post("/v1/expenses", expense(1, status="reimbursed", amount=4))
    assert len(service.wait_for_files(3)) == 3
    road.travel()
    (row,) = service.rows("select status::text, amount from core.expenses")
    assert row == {"status": "reimbursed", "amount": Decimal(4)}


@pytest.mark.parametrize("runs", [{0, 1, 2}, {0, 2}, {2}], ids=["a run each", "the last two in one", "all in one"])
def test_a_row_that_is_set_back_to_what_it_was_ends_so(service: Service, road: Road, runs: set[int]) -> None:
    for n, status in enumerate(["approved", "rejected", "approved"]):
        reply = service.post("/v1/expenses/batch", [expense(1, status=status)])
        assert reply.status == 202, reply.body
        if n in runs:
            road.travel()
    assert road.query("select status::text from core.expenses") == [{"status": "approved"}]
    assert service.get(reply.json["links"]["batch"]).json["state"] == "loaded"


def test_a_delivery_that_is_taken_in_twice_counts_once(service: Service, road: Road) -> None:
    service.post("/v1/expenses/batch", [expense(1)])
    (file,) = service.wait_for_files(1)
    content = file.read_bytes()
    road.travel()
    service.post("/v1/expenses/batch", [expense(1, amount=20)])
    road.travel()
    road.drop("api", file.name, content)  # as if it had been killed between the archive and the inbox
    assert road.travel().ends == [("duplicate", "duplicate_file")]
    check(road.query, truth={"E1": Decimal(20)}, source="api")
