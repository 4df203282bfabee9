"""A file of a source, sent as it is: into the inbox under its own name, whole or not at all."""

import gzip
import http.client
import io
import time
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.api.service import Service, serving
from tests.conftest import Warehouse
from tests.faults.injecting import wait_until
from tests.faults.road import Road

HEADER = (
    "Transaction number,Date paid,Net amount,Supplier name,Service label,Service division label,"
    "Expenditure category,Detailed expenditure type,Detailed expenditure code"
)
ROW = "{},05/10/2024,{},Northside Printers,Libraries,Lending,Printing,Leaflets,4711"


def leeds(*amounts: int) -> bytes:
    rows = [ROW.format(70012 + n, amount) for n, amount in enumerate(amounts)]
    return "\n".join([HEADER, *rows, ""]).encode()


def workbook(content: bytes) -> bytes:
    book = openpyxl.Workbook()
    for line in content.decode().splitlines():
        book.active.append(line.split(","))  # type: ignore[union-attr]
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"),
    [("2024-10.csv", bytes), ("2024-10 packed.csv", gzip.compress), ("2024-10 October (final).csv", workbook)],
)
def test_a_file_comes_home_plain_packed_or_as_a_workbook(service: Service, road: Road, name: str, pack: object) -> None:
    path = f"/v1/files/leeds?name={name.replace(' ', '%20')}"
    reply = service.request("PUT", path, pack(leeds(10, 20)))  # type: ignore[operator]
    assert reply.status == 202, reply.body
    (landed,) = service.wait_for_files(1, "leeds")
    assert landed.name == name
    assert service.get(reply.json["links"]["batch"]).json["state"] == "accepted"
    assert road.travel().ends == [("loaded", None)]
    assert sorted(road.expenses("leeds").values()) == [Decimal(10), Decimal(20)]
    state = service.get(reply.json["links"]["batch"]).json
    assert (state["state"], state["kind"], state["results"][0]["loaded"]) == ("loaded", "file", 2)


def test_the_name_may_come_in_a_header(service: Service) -> None:
    for n, header in enumerate(['attachment; filename="a {}.csv"', "attachment; filename*=UTF-8''a%20{}.csv"]):
        sent = {"Content-Disposition": header.format(n)}
        assert service.request("POST", "/v1/files/leeds", leeds(1), headers=sent).status == 202
    assert [path.name for path in service.wait_for_files(2, "leeds")] == ["a 0.csv", "a 1.csv"]


@pytest.mark.parametrize(
    "name",
    [
        *("..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "a%2Fb.csv", "a%5Cb.csv", ".hidden.csv", "..", ".", ""),
        *("a.csv.part", "a.csv~", "a%00.csv", "a%0A.csv", "-rf.csv", "%E2%80%AEa.csv", "x" * 200 + ".csv"),
    ],
)
def test_a_name_that_is_a_trick_is_refused(service: Service, name: str) -> None:
    reply = service.request("POST", f"/v1/files/leeds?name={name}", leeds(1))
    assert reply.code in ("bad_file_name", "bad_parameter"), reply.body
    assert not (service.inbox / "leeds").exists() or list((service.inbox / "leeds").iterdir()) == []


@pytest.mark.parametrize("source", ["nobody", "api", "..", "%2e%2e%2fleeds", "leeds%2f..", "Leeds"])
def test_a_source_without_a_profile_takes_no_file(service: Service, source: str) -> None:
    reply = service.request("POST", f"/v1/files/{source}?name=a.csv", leeds(1))
    assert reply.status == 404
    assert list(service.inbox.rglob("*.csv")) == []


def test_a_name_that_no_layout_knows_a_form_and_an_empty_body_are_refused(service: Service) -> None:
    assert service.request("POST", "/v1/files/sample?name=nothing_2026.csv", b"x").code == "unknown_layout"
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    reply = service.request("POST", "/v1/files/leeds?name=a.csv", b"--x--", headers=form)
    assert (reply.status, reply.code) == (415, "unsupported_media_type")
    assert "--data-binary" in reply.json["detail"]
    assert service.request("POST", "/v1/files/leeds?name=a.csv", b"").code == "malformed_rows"
    assert service.unfinished() == []


def test_a_name_that_waits_is_not_taken_from_the_file_that_has_it(service: Service, road: Road) -> None:
    assert service.request("POST", "/v1/files/leeds?name=a.csv", leeds(10)).status == 202
    second = service.request("POST", "/v1/files/leeds?name=a.csv", leeds(10, 20))
    assert (second.status, second.code) == (409, "file_waiting")
    road.travel()
    assert service.request("POST", "/v1/files/leeds?name=a.csv", leeds(10, 20)).status == 202
    road.travel()
    assert sorted(road.expenses("leeds").values()) == [Decimal(10), Decimal(20)]


def test_of_two_uploads_of_one_name_at_once_the_later_is_told_to_wait(service: Service) -> None:
    first = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    first.putrequest("POST", "/v1/files/leeds?name=a.csv")
    first.putheader("Authorization", f"Bearer {service.key}")
    first.putheader("Content-Length", str(len(leeds(10))))
    first.endheaders(leeds(10)[:100])
    wait_until(lambda: len(service.unfinished()) == 1, "the beginning of the first upload")
    assert service.request("POST", "/v1/files/leeds?name=a.csv", leeds(20)).code == "file_waiting"
    assert service.request("POST", "/v1/files/leeds?name=b.csv", leeds(20)).status == 202
    first.close()  # the sender hangs up, and the name is free again
    wait_until(lambda: service.unfinished() == [], "the end of the upload that broke off")
    assert service.request("POST", "/v1/files/leeds?name=a.csv", leeds(20)).status == 202
    assert [path.name for path in service.wait_for_files(2, "leeds")] == ["a.csv", "b.csv"]


def test_the_same_file_again_is_a_duplicate_and_says_so(service: Service, road: Road) -> None:
    for state in ("loaded", "duplicate"):
        reply = service.request("POST", "/v1/files/leeds?name=a.csv", leeds(10))
        road.travel()
        assert service.get(reply.json["links"]["batch"]).json["state"] == state


def test_a_file_that_is_refused_as_a_whole_is_told_by_its_code(service: Service, road: Road) -> None:
    reply = service.request("POST", "/v1/files/leeds?name=a.csv", b"some,thing\n1,2\n")
    road.travel()
    state = service.get(reply.json["links"]["batch"]).json
    assert (state["state"], state["results"][0]["error_code"]) == ("failed", "missing_column")


def test_a_killed_service_finishes_the_file_that_it_had_registered(warehouse: Warehouse, tmp_path: Path) -> None:
    service = Service(warehouse, tmp_path, {"API_SWEEP_SECONDS": "0.5"})
    with serving(service):
        reply = service.request("POST", "/v1/files/leeds?name=a.csv", leeds(10))
        service.kill()
        # As if the kill had come between the registration and the name.
        (landed,) = service.wait_for_files(1, "leeds")
        landed.rename(landed.with_name(f".{reply.json['batch_id']}.part"))
        service.start()
        assert [path.name for path in service.wait_for_files(1, "leeds")] == ["a.csv"]
        deadline = time.monotonic() + 10
        while service.unfinished() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert service.unfinished() == []
