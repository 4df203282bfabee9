"""The service does what its OpenAPI says: examples pass, and whatever schemathesis makes up is answered as described."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import openapi
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from include.intake.rows import DATASETS_TAKEN
from tests.api.service import Service, serving
from tests.conftest import Server, fresh_warehouse

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]
SOME = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
MANY = settings(SOME, max_examples=200, derandomize=False)


@pytest.fixture(scope="module")
def described(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with (
        fresh_warehouse(postgres_server) as warehouse,
        serving(Service(warehouse, tmp_path_factory.mktemp("described"), {"API_SILENCE": "2"})) as service,
    ):
        yield service


@pytest.fixture(scope="module")
def api_schema(described: Service) -> Any:
    return openapi.from_url(f"http://127.0.0.1:{described.port}/openapi.json", config=SchemathesisConfig())


@schemathesis.serializer("application/x-ndjson")
def write_lines(_: Any, value: Any) -> Any:
    """What schemathesis makes up, as the body that it stands for."""
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


schema = schemathesis.pytest.from_fixture("api_schema")


@schema.parametrize()
@SOME
def test_whatever_is_sent_with_a_key_is_answered_as_described(case: Any, described: Service) -> None:
    headers = {"Authorization": f"Bearer {described.key}"}
    case.call_and_validate(headers=headers, checks=[*CHECKS, ignored_auth], timeout=30)


@schema.parametrize()
@SOME
def test_whatever_is_sent_without_a_key_is_answered_as_described(case: Any, described: Service) -> None:
    response = case.call_and_validate(checks=CHECKS, timeout=30)
    if case.path.startswith("/v1/"):
        assert response.status_code in (401, 404, 405), response.status_code


@pytest.mark.long
@pytest.mark.timeout(1800)
@schema.parametrize()
@MANY
def test_many_more_of_them(case: Any, described: Service) -> None:
    headers = {"Authorization": f"Bearer {described.key}"}
    case.call_and_validate(headers=headers, checks=[*CHECKS, ignored_auth], timeout=30)


def operations(described: Service) -> list[tuple[str, str, dict[str, Any]]]:
    document = described.get("/openapi.json").json
    return [(path, name, operation) for path, item in document["paths"].items() for name, operation in item.items()]


def test_every_operation_has_an_example_and_every_v1_path_asks_for_a_key(described: Service) -> None:
    for path, method, operation in operations(described):
        contents = [part for answer in operation["responses"].values() for part in answer["content"].values()]
        contents += list(operation.get("requestBody", {}).get("content", {}).values())
        assert all("example" in content for content in contents), f"{method} {path}"
        assert operation["summary"]
        assert ("security" in operation) is path.startswith("/v1/")
        assert "HTTPValidationError" not in json.dumps(operation)


def test_the_examples_of_the_datasets_are_accepted(described: Service) -> None:
    examples = 0
    for path, _, operation in operations(described):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if kind == "application/octet-stream" or path == "/v1/embed-links":
                continue
            example = content["example"]
            body = example.encode() if isinstance(example, str) else json.dumps(example).encode()
            reply = described.post(path, body, headers={"Content-Type": kind})
            # Most name somebody, and nobody is in this warehouse.
            waits = "waiting" in reply.json and path.endswith("/batch")
            assert reply.status == (207 if waits else 202), f"{path}: {reply.body!r}"
            assert not reply.json.get("refused")
            examples += 1
    assert examples == 3 * len(DATASETS_TAKEN)


def test_whatever_was_left_in_the_inbox_is_registered(described: Service) -> None:
    names = {row["file_name"] for row in described.rows("select file_name from ops.api_batches")}
    left = {path.name for path in described.inbox.glob("*/*") if not path.name.startswith(".")}
    assert left <= names
