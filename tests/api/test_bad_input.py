"""What must not come in: refused as a whole or by row, stored verbatim where it is but text, and never echoed."""

import contextlib
import json
import socket
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from include.intake.rows import Malformed, parse_array
from tests.api.service import Service, expense, ndjson, serving
from tests.conftest import Warehouse
from tests.faults.road import Road

CANARY = "C4n4ry"
DEEP = 50_000


def in_row(text: str) -> bytes:
    """An expense whose amount is this text, as it stands."""
    return json.dumps([expense(1)]).replace('"amount": 10', f'"amount": {text}').encode()


MALFORMED = {
    "nothing": (b"", "invalid_json"),
    "no JSON": (b"{C4n4ry", "not_an_array"),
    "half an array": (b'[{"external_id": "C4n4ry"', "invalid_json"),
    "text behind the array": (b'[{"external_id": "C4n4ry"}] C4n4ry', "invalid_json"),
    "no array": (b'"C4n4ry"', "not_an_array"),
    "an empty array": (b"[]", "no_rows"),
    "a row that is a number": (b"[17]", "not_an_object"),
    "an empty row": (b"[{}]", "empty_row"),
    "NaN": (in_row("NaN"), "invalid_json"),
    "Infinity": (in_row("-Infinity"), "invalid_json"),
    "an object in a row": (in_row('{"C4n4ry": 1}'), "nested_value"),
    "a list in a row": (in_row("[1]"), "nested_value"),
    "deep nesting of objects": (in_row('{"a":' * DEEP), "too_deep"),
    "deep nesting of lists": (b"[" * DEEP, "invalid_json"),
    "a name twice": (b'[{"external_id": "C4n4ry", "external_id": "C4n4ry"}]', "duplicate_field"),
    "an unknown name": (b'[{"C4n4ry": 1}]', "unknown_name"),
    "a NUL": (in_row('"\\u0000C4n4ry"'), "unstorable_text"),
    "half a character": (in_row('"\\ud800C4n4ry"'), "unstorable_text"),
    "no UTF-8": (b'[{"external_id": "\xff\xfe"}]', "invalid_json"),
    "a long text": (in_row('"' + "x" * 20_000 + '"'), "too_long_value"),
    "a raw control character": (in_row('"\x01"'), "invalid_json"),
}


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from tests.conftest import fresh_warehouse

    server = request.getfixturevalue("postgres_server")
    with (
        fresh_warehouse(server) as warehouse,
        serving(
            Service(warehouse, tmp_path_factory.mktemp("door"), {"API_ARRAY_ROWS": "1000", "API_STREAM_ROWS": "20000"})
        ) as service,
    ):
        yield service


@pytest.mark.parametrize(("body", "code"), MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_list_of_rows_is_refused_as_a_whole_with_a_code_and_no_echo(
    running: Service, body: bytes, code: str
) -> None:
    reply = running.post("/v1/expenses/batch", body, headers={"Content-Type": "application/json"})
    assert (reply.status, reply.code) == (422, "malformed_rows"), reply.body[:300]
    assert reply.json["errors"][0]["code"] == code
    assert CANARY not in reply.body.decode()
    assert CANARY not in running.log.read_text()


def test_a_line_of_ndjson_that_is_bad_is_named_and_nothing_is_kept(running: Service) -> None:
    before = running.rows("select count(*) as n from ops.api_batches")
    body = ndjson([expense(n) for n in range(2000)]) + b"{broken\n" + ndjson([expense(1)])
    reply = running.post("/v1/expenses/batch", body)
    assert reply.json["errors"] == [{"row": 2001, "code": "invalid_json"}]
    assert running.rows("select count(*) as n from ops.api_batches") == before
    assert running.unfinished() == []


def test_a_stream_of_too_many_rows_is_refused_though_every_row_of_it_is_bad(running: Service) -> None:
    before = running.rows("select count(*) as n from ops.api_batches")
    reply = running.post("/v1/expenses/batch", b'{"amount": 1}\n' * 100_000)
    assert (reply.status, reply.json["errors"]) == (422, [{"row": 20_001, "code": "too_many_rows"}])
    assert running.rows("select count(*) as n from ops.api_batches") == before
    assert running.unfinished() == []


def test_an_array_of_a_million_rows_is_refused_quickly(running: Service) -> None:
    began = time.monotonic()
    reply = running.post(
        "/v1/expenses/batch", b"[" + b"{}," * 1_000_000 + b"{}]", headers={"Content-Type": "application/json"}
    )
    assert reply.code == "malformed_rows"
    body = json.dumps([expense(n) for n in range(1001)]).encode()
    reply = running.post("/v1/expenses/batch", body, headers={"Content-Type": "application/json"})
    assert reply.json["errors"] == [{"row": 1001, "code": "too_many_rows"}]
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("opened", [b'{"amount": [', b"["], ids=["in an object", "bare"])
def test_a_huge_first_value_of_an_array_is_not_decoded_as_a_whole(opened: bytes) -> None:
    body = b"[" + opened + b"0," * (8 << 20)
    tracemalloc.start()
    try:
        with pytest.raises(Malformed) as refused:
            list(parse_array(body, 10))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.code == "too_long_row"
    assert peak < 3 * len(body), "the text, a piece of it, and the values of that piece"


@pytest.mark.parametrize("length", [10, 1_500, 1_960, 2_048, 4_096, 9_000])
def test_rows_of_every_length_are_found_in_an_array(length: int) -> None:
    rows = [expense(n, description='"\\é1e5' * (length // 8)) for n in range(3)]
    for text in (json.dumps(rows), json.dumps(rows, ensure_ascii=False, indent=3)):
        assert [dict(row)["description"] for _, row, _ in parse_array(text.encode(), 3)] == [
            row["description"] for row in rows
        ]
        whole = [json.loads(part) for _, _, part in parse_array(text.encode(), 3)]
        assert whole == rows


def test_a_row_that_is_too_long_is_told_from_one_that_is_no_json() -> None:
    for text, code in (
        (f'[{{"a": "{"x" * 300_000}"}}]', "too_long_row"),
        (f'[{{"a" 1, "{"x" * 300_000}', "invalid_json"),
    ):
        with pytest.raises(Malformed) as refused:
            list(parse_array(text.encode(), 3))
        assert (refused.value.code, refused.value.row) == (code, 1)


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("99999999999999999999999999", "out_of_range"),
        ("1e400", "out_of_range"),
        ("1e999999999", "invalid_amount"),
        ('"NaN"', "invalid_amount"),
        ('"-Infinity"', "invalid_amount"),
        ('"1_000"', "invalid_amount"),
        ('"0x10"', "invalid_amount"),
        ("true", "invalid_amount"),
        ("null", "missing_value"),
        ("9" * 5000, "out_of_range"),
    ],
)
def test_a_number_that_is_no_amount_is_a_refused_row(running: Service, amount: str, code: str) -> None:
    reply = running.post("/v1/expenses/batch", in_row(amount), headers={"Content-Type": "application/json"})
    assert (reply.status, reply.code) == (422, "no_acceptable_row"), reply.body[:300]
    assert reply.json["errors"] == [{"row": 1, "field": "amount", "code": code}]


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
def test_a_type_that_is_no_json_is_refused(running: Service, content_type: str) -> None:
    for path in ("/v1/expenses", "/v1/expenses/batch"):
        reply = running.post(path, b"{}", headers={"Content-Type": content_type})
        assert (reply.status, reply.code) == (415, "unsupported_media_type")
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert running.post("/v1/expenses", b"{}", headers=packed).status == 415


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/v1/nothing", "GET", 404),
        ("/v1/expenses", "GET", 405),
        ("/v1/expenses/", "POST", 404),
        ("/v1/batches/C4n4ry", "GET", 422),
        ("/v1/rejects?limit=C4n4ry", "GET", 422),
        ("/v1/rejects?after=99999999999999999999", "GET", 422),
        ("/docs", "GET", 404),
    ],
)
def test_every_error_is_a_problem_and_repeats_nothing(running: Service, path: str, method: str, status: int) -> None:
    reply = running.request(method, path)
    assert reply.status == status
    assert reply.code
    assert reply.json["status"] == status
    assert CANARY not in reply.body.decode()


def test_texts_that_mean_harm_are_stored_as_they_are(service: Service, road: Road) -> None:
    texts = [
        "'); DROP TABLE core.expenses; --",
        '=HYPERLINK("http://x","y")',
        "@SUM(1)",
        "tab\tand \x1b[31mred \x7f",
        'quote " comma , line\nbreak\r\nreturn\rend',
        "<script>alert(1)</script> <!channel>",
        "\u202eright to left \u0000".replace("\u0000", "") + "🙂",
        "{0} %s %(x)s ${y} {{ ds }}",
    ]
    reply = service.post(
        "/v1/expenses/batch", [expense(n, description=text, document_no=text[:90]) for n, text in enumerate(texts)]
    )
    assert reply.status == 202, reply.body
    for n, text in enumerate(texts):
        assert service.post("/v1/expenses", expense(f"single-{n}", description=text)).status == 202
    service.wait_for_files(2)
    assert {end for end, _ in road.travel().ends} == {"loaded"}
    stored = service.rows("select external_id, description from core.expenses")
    assert {row["external_id"]: row["description"] for row in stored} == {
        **{f"E{n}": text for n, text in enumerate(texts)},
        **{f"Esingle-{n}": text for n, text in enumerate(texts)},
    }


def send_raw(service: Service, head: str, *parts: bytes, pause: float = 0) -> bytes:
    """Speak to the service byte by byte; what it answers."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as client:
        client.sendall(head.replace("KEY", service.key).replace("\n", "\r\n").encode() + b"\r\n")
        answer = b""
        try:
            for part in parts:
                client.sendall(part)
                time.sleep(pause)
            while chunk := client.recv(65536):
                answer += chunk
                if b"\r\n\r\n" in answer:
                    break
        except (ConnectionResetError, BrokenPipeError):
            pass
        return answer


HEAD = "POST /v1/expenses/batch HTTP/1.1\nHost: x\nAuthorization: Bearer KEY\nContent-Type: application/x-ndjson\n"


def test_a_limit_holds_for_bodies_that_do_not_say_their_length(warehouse: Warehouse, tmp_path: Path) -> None:
    with serving(Service(warehouse, tmp_path, {"API_STREAM_LIMIT": "100000", "API_ARRAY_LIMIT": "50000"})) as service:
        row = ndjson([expense(1)])
        chunk = b"%x\r\n%s\r\n" % (len(row), row)
        answer = send_raw(service, HEAD + "Transfer-Encoding: chunked\n", *[chunk] * 1000)
        assert answer.startswith(b"HTTP/1.1 413 ")
        answer = send_raw(service, HEAD + "Content-Length: 100001\n")
        assert answer.startswith(b"HTTP/1.1 413 ")
        body = b"[" + b" " * 60_000 + b"]"
        assert service.post("/v1/expenses/batch", body, headers={"Content-Type": "application/json"}).status == 413
        assert service.unfinished() == []
        assert service.rows("select * from ops.api_batches") == []


def test_two_lengths_are_no_request(running: Service) -> None:
    """What two servers could read as two different requests."""
    both = HEAD + "Content-Length: 5\nTransfer-Encoding: chunked\n"
    assert send_raw(running, both, b"0\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_who_sends_slowly_is_cut_off(warehouse: Warehouse, tmp_path: Path) -> None:
    slow = {"API_SILENCE": "0.5", "API_GRACE": "1", "API_LEAST_RATE": "1000", "API_HEADERS_WITHIN": "1"}
    with serving(Service(warehouse, tmp_path, slow)) as service:
        silent = send_raw(service, HEAD + "Content-Length: 1000\n", b"{")
        assert silent.startswith(b"HTTP/1.1 408 ")
        dripping = send_raw(service, HEAD + "Content-Length: 1000\n", *[b" "] * 16, pause=0.1)
        assert dripping.startswith(b"HTTP/1.1 408 ")
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", service.port), timeout=30) as client:
            client.sendall(b"POST /v1/expenses HTTP/1.1\r\n")
            answer = b""
            try:
                for _ in range(50):
                    client.sendall(b"X-A: b\r\n")
                    time.sleep(0.1)
            except OSError:
                pass
            client.settimeout(5)
            with contextlib.suppress(ConnectionResetError):
                answer = client.recv(4096)
        assert time.monotonic() - began < 10
        assert answer.startswith(b"HTTP/1.1 408 ") or answer == b""
        assert service.get("/healthz").status == 200
        assert service.unfinished() == []


def test_one_connection_too_many_is_told_to_try_again(warehouse: Warehouse, tmp_path: Path) -> None:
    with (
        serving(Service(warehouse, tmp_path, {"API_CONNECTIONS": "3"})) as service,
        contextlib.ExitStack() as others,
    ):
        for _ in range(3):
            others.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=30))
        reply = service.get("/healthz")
        assert (reply.status, reply.code) == (503, "busy")
        assert int(reply.headers["retry-after"]) > 0
        others.close()
        deadline = time.monotonic() + 10
        while service.get("/healthz").status != 200:
            assert time.monotonic() < deadline, "room was made, and nobody is let in"


def test_headers_without_end_are_cut_off(running: Service) -> None:
    answer = send_raw(running, "GET /healthz HTTP/1.1\nHost: x\n" + "X-Filler: " + "x" * 200_000 + "\n")
    assert not answer.startswith(b"HTTP/1.1 200 ")


def test_a_sender_who_hangs_up_leaves_nothing(running: Service) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=30) as client:
        head = (HEAD + "Content-Length: 100000000\n\n").replace("KEY", running.key).replace("\n", "\r\n")
        client.sendall(head.encode() + ndjson([expense(n) for n in range(10_000)]))
        time.sleep(0.5)
    deadline = time.monotonic() + 10
    while running.unfinished() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running.unfinished() == []
    assert running.get("/healthz").status == 200
