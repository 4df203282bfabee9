"""What the paths take and answer, as OpenAPI: schemas from the contracts, and an example for every operation."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE, PROBLEMS
from include.ingest.datasets import dataset as spec_of
from include.ingest.profile import load_profile
from include.intake.keys import slug
from include.intake.rows import DATASETS_TAKEN, SOURCE
from include.intake.waiting import UNKNOWN

DESCRIPTION = """\
Rows and files in, on the road of the files: what is accepted lies on the disk when it is answered, is brought home by
`ingest_validate_load`, and is found in its logs. A row sent again under the same key replaces what was there.

A row that names somebody or something that nobody knows yet (an employee, a department, a meter), or gives a person
another's e-mail, is kept as well, since it may be on its way, and told under `waiting`: unless what it names comes home
before or with it, the load rejects the row with that code. `GET /v1/batches/{id}` tells the end.
"""
BATCH_ID = "0b2f6c5e-5a39-4a1c-9c0e-3f8f6f0a7d11"
EXAMPLES: dict[str, dict[str, Any]] = {
    "expenses": {
        "external_id": "EXP-2026-0117", "origin": "app", "kind": "claim", "status": "submitted",
        "spent_on": "2026-10-05", "amount": 1250.00, "currency": "KES", "description": "Taxi to the clinic",
        "department": "WASH", "category": "TRAVEL", "employee": "E001", "submitted_at": "2026-10-05T08:15:00+03:00",
    },
    "leave_applications": {
        "external_id": "LV-2026-0031", "leave_type": "annual", "status": "approved", "starts_on": "2026-12-21",
        "ends_on": "2026-12-31", "days": 7, "employee": "E001", "approver": "E002",
    },
    "budgets": {
        "department": "WASH", "category": "TRAVEL", "period_from": "2026-10-01", "period_to": "2026-10-31",
        "amount": 90000, "currency": "KES", "version": 1, "in_force_from": "2026-07-01",
    },
    "users": {
        "employee_no": "E001", "full_name": "Amina Example", "email": "amina@example.org", "department": "WASH",
        "hired_on": "2024-02-01",
    },
    "departments": {"code": "WASH", "name": "Water, Sanitation and Hygiene", "cost_centre": "1100"},
    "fx_rates": {
        "kind": "monthly_average", "from_currency": "USD", "to_currency": "KES", "valid_from": "2026-10-01",
        "valid_to": "2026-10-31", "rate": "129.2500", "provider": "CBK",
    },
    "meter_readings": {
        "meter": "NBO-HQ-M1", "starts_at": "2026-10-05T08:00:00+03:00", "minutes": 30, "energy_kwh": 12.5,
    },
}  # fmt: skip
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_LINKS = {"type": "object", "properties": {"batch": _TEXT, "rejects": _TEXT}, "required": ["batch", "rejects"]}
_ERROR = {"type": "object", "properties": {"row": _COUNT, "field": _TEXT, "code": _TEXT}, "required": ["code"]}
_ERRORS = {"type": "array", "items": _ERROR}
_WAITING = {
    "type": "array",
    "description": "accepted rows that the load rejects with this code, unless what they name comes home before or "
    "with them; all others are loaded as things stand",
    "items": {**_ERROR, "required": ["row", "field", "code"]},
}
_WAITING_COUNT = {
    "type": "object",
    "properties": {"field": _TEXT, "code": _TEXT, "rows": _COUNT},
    "required": ["field", "code", "rows"],
}
_CODES = {"type": "object", "additionalProperties": _COUNT}
_NULLABLE = {"anyOf": [_TEXT, {"type": "null"}]}
_NULLABLE_COUNT = {"anyOf": [_COUNT, {"type": "null"}]}

SCHEMAS: dict[str, dict[str, Any]] = {
    "Problem": {
        "type": "object",
        "description": "RFC 9457. `code` is stable; no member repeats what was sent.",
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "code": {"type": "string", "enum": sorted(PROBLEMS)},
            "errors": _ERRORS,
        },
        "required": ["type", "title", "status", "detail", "code"],
    },
    "AcceptedRow": {
        "type": "object",
        "properties": {"batch_id": _TEXT, "row": _COUNT, "dataset": _TEXT, "links": _LINKS, "waiting": _WAITING},
        "required": ["batch_id", "row", "dataset", "links"],
    },
    "AcceptedBatch": {
        "type": "object",
        "properties": {
            "batch_id": _TEXT, "dataset": _TEXT, "links": _LINKS, "rows": _COUNT,
            "accepted": {**_COUNT, "description": "well-formed rows: they are kept, those of `waiting` among them"},
            "refused": _COUNT, "codes": _CODES, "errors": _ERRORS, "are_errors_complete": {"type": "boolean"},
            "waiting_rows": _COUNT, "waiting_counts": {"type": "array", "items": _WAITING_COUNT}, "waiting": _WAITING,
            "is_waiting_complete": {
                "type": "boolean",
                "description": "false when more rows wait than are told, or when the batch is too long for its rows to "
                "be held against each other",
            },
            "warnings": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["batch_id", "dataset", "links", "rows", "accepted", "refused"],
    },
    "AcceptedFile": {
        "type": "object",
        "properties": {"batch_id": _TEXT, "source": _TEXT, "bytes": _COUNT, "sha256": _TEXT, "links": _LINKS},
        "required": ["batch_id", "source", "bytes", "sha256", "links"],
    },
    "BatchState": {
        "type": "object",
        "properties": {
            "batch_id": _TEXT, "source": _TEXT, "dataset": _NULLABLE, "kind": _TEXT,
            "state": {"type": "string", "enum": [
                "accepted", "collected", "validated", "loaded", "duplicate", "failed", "dry_run", "replaced",
                "withdrawn",
            ]},
            "accepted_at": _TEXT, "finished_at": _NULLABLE,
            "rows_sent": _NULLABLE_COUNT, "rows_refused_at_the_door": _NULLABLE_COUNT,
            "rejects": {"anyOf": [_CODES, {"type": "null"}]}, "results": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["batch_id", "source", "dataset", "kind", "state", "accepted_at", "rejects", "results"],
    },
    "Rejects": {
        "type": "object",
        "properties": {
            "rejects": {"type": "array", "items": {"type": "object"}},
            "next_after": _NULLABLE_COUNT,
        },
        "required": ["rejects", "next_after"],
    },
    "LinkWanted": {
        "type": "object",
        "properties": {
            "page": {"type": "string", "maxLength": 40, "example": "budget"},
            "reader": {"type": "string", "maxLength": 40, "example": "finance"},
            "seconds": {"type": "integer", "minimum": 1, "maximum": 86_400, "default": 900},
        },
        "required": ["page", "reader"],
        "additionalProperties": False,
    },
    "EmbedLink": {
        "type": "object",
        "properties": {
            "path": _TEXT, "page": _TEXT, "reader": _TEXT, "expires_at": _TEXT,
            "frame_ancestors": {"type": "array", "items": _TEXT},
        },
        "required": ["path", "page", "reader", "expires_at", "frame_ancestors"],
    },
    "Status": {"type": "object", "properties": {"status": _TEXT}, "required": ["status"]},
}  # fmt: skip
_ALWAYS = ("bad_request", "unauthorized", "forbidden", "rate_limited", "internal", "warehouse_unavailable")
_WITH_BODY = (
    *("bad_idempotency_key", "too_slow", "in_flight", "too_large", "unsupported_media_type", "malformed_rows"),
    *("no_acceptable_row", "key_reused", "storage_unavailable", "busy"),
)
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "1 to 255 visible ASCII characters. With the same body it replays the answer for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]{1,255}$"},
    "example": "b7c1f1c2-approve",
}


def _answer(schema: str, example: Any, description: str) -> dict[str, Any]:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}
    return {"description": description, "content": {"application/json": content}}


def _problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    by_status: dict[int | str, list[str]] = {}
    for code in codes:
        by_status.setdefault(PROBLEMS[code][0], []).append(code)
    return {
        status: {
            "description": "; ".join(f"`{code}`: {PROBLEMS[code][1]}" for code in named),
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": {
                        "type": f"urn:gauss:problem:{named[0]}", "title": "", "status": status,
                        "detail": PROBLEMS[named[0]][1], "code": named[0],
                    },
                }
            },
        }
        for status, named in by_status.items()
    }  # fmt: skip


def _links() -> dict[str, str]:
    return {"batch": f"/v1/batches/{BATCH_ID}", "rejects": f"/v1/rejects?batch={BATCH_ID}"}


def of_single(dataset: str) -> dict[str, Any]:
    """POST /v1/<dataset>."""
    name = slug(dataset)
    waiting = [_example_of_waiting(dataset, 1)]
    row = {"batch_id": BATCH_ID, "row": 1, "dataset": name, "links": _links(), "waiting": waiting}
    return {
        "status_code": 202,
        "tags": [name],
        "summary": f"Send one row of {name}",
        "operation_id": f"post_{dataset}",
        "description": f"Identified by {_key(dataset)}: sent again, the row replaces what was there. Send all of its "
        "fields each time. The answer has `waiting` only when the row names somebody or something that is not known.",
        "responses": {202: _answer("AcceptedRow", row, "It is on the disk."), **_problems(*_ALWAYS, *_WITH_BODY)},
        "openapi_extra": {
            "parameters": [_IDEMPOTENCY],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _row_of(dataset), "example": EXAMPLES[dataset]}},
            },
        },
    }


def of_batch(dataset: str) -> dict[str, Any]:
    """POST /v1/<dataset>/batch."""
    name = slug(dataset)
    batch = {
        "batch_id": BATCH_ID, "dataset": name, "links": _links(), "rows": 2, "accepted": 2, "refused": 0,
    }  # fmt: skip
    waits = _example_of_waiting(dataset, 3)
    partly = {
        **batch, "rows": 3, "accepted": 2, "refused": 1, "codes": {"missing_value": 1},
        "errors": [{"row": 2, "field": _first_key(dataset), "code": "missing_value"}], "are_errors_complete": True,
        "waiting_rows": 1, "waiting_counts": [{"field": waits["field"], "code": waits["code"], "rows": 1}],
        "waiting": [waits], "is_waiting_complete": True,
    }  # fmt: skip
    return {
        "status_code": 202,
        "tags": [name],
        "summary": f"Send many rows of {name}",
        "operation_id": f"post_{dataset}_batch",
        "description": "One JSON array, or NDJSON: a row per line, which is read as a stream. Rows are judged one by "
        "one; only when none passes, or when the body is no list of rows, nothing is kept.",
        "responses": {
            202: _answer("AcceptedBatch", batch, "All rows are on the disk, and what they name is known."),
            207: _answer(
                "AcceptedBatch",
                partly,
                "Some rows were refused, or wait for what they name: `errors`, `waiting`, the first thousand of each.",
            ),
            **_problems(*_ALWAYS, *_WITH_BODY),
        },
        "openapi_extra": {
            "parameters": [_IDEMPOTENCY],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"type": "array", "minItems": 1, "items": _row_of(dataset)},
                        "example": [EXAMPLES[dataset]],
                    },
                    "application/x-ndjson": {
                        "schema": {"type": "string", "description": "a row per line"},
                        "example": _as_line(EXAMPLES[dataset]),
                    },
                },
            },
        },
    }


def of_file() -> dict[str, Any]:
    """POST and PUT /v1/files/{source}."""
    file = {"batch_id": BATCH_ID, "source": "leeds", "bytes": 1024, "sha256": "0" * 64, "links": _links()}
    return {
        "status_code": 202,
        "tags": ["files"],
        "summary": "Send a file of a source",
        "description": "The file itself is the body: CSV, XLSX, or either packed with gzip. Its name comes in `name` "
        "or in Content-Disposition, and must fit the source's profile.",
        "responses": {
            202: _answer("AcceptedFile", file, "It is on the disk."),
            **_problems(*_ALWAYS, *_WITH_BODY, "bad_file_name", "unknown_source", "file_waiting", "unknown_layout"),
        },
        "openapi_extra": {
            "parameters": [_IDEMPOTENCY],
            "requestBody": {
                "required": True,
                "content": {
                    "application/octet-stream": {
                        "schema": {"type": "string", "format": "binary"},
                        "example": "Transaction number,Date paid,Net amount\n",
                    }
                },
            },
        },
    }


def of_batch_state() -> dict[str, Any]:
    """GET /v1/batches/{batch_id}."""
    state = {
        "batch_id": BATCH_ID, "source": "api", "dataset": "expenses", "kind": "batch", "state": "loaded",
        "accepted_at": "2026-10-05T05:15:03.123456+00:00", "finished_at": "2026-10-05T05:15:21.000000+00:00",
        "rows_sent": 2, "rows_refused_at_the_door": 0, "rejects": {},
        "results": [{"dataset": "expenses", "state": "loaded", "error_code": None, "read": 2, "loaded": 2,
                     "unchanged": 0, "superseded": 0, "rejected": 0,
                     "amounts": [{"currency": "KES", "read": "1250.00", "loaded": "1250.00", "unchanged": "0.00",
                                  "superseded": "0.00", "rejected": "0.00"}]}],
    }  # fmt: skip
    return {
        "tags": ["batches"],
        "summary": "How far a batch has come",
        "description": "`accepted` until a run takes it in, then `collected`, `validated`, and `loaded`, `duplicate` "
        "or `failed`. For the keys that sent it, and those that may read its dataset; where single rows of several "
        "keys lie in it, counts, codes and sums are for those that may read.",
        "responses": {
            200: _answer("BatchState", state, "State, counts, rejects by code, sums."),
            **_problems(*_ALWAYS, "not_found", "bad_parameter"),
        },
    }


def of_rejects() -> dict[str, Any]:
    """GET /v1/rejects."""
    reject = {
        "reject_id": 17, "dataset": "expenses", "source": "api", "batch_id": BATCH_ID, "row": 2, "field": "spent_on",
        "code": "invalid_date", "sample": "99/99/9999", "rejected_at": "2026-10-05T05:15:20+00:00", "mended_at": None,
    }  # fmt: skip
    return {
        "tags": ["batches"],
        "summary": "Rows that were refused",
        "description": "Of the datasets that the key may read, the oldest first. `sample` shows a cell's shape, never "
        "its value. Go on with `after` = `next_after` until that is null.",
        "responses": {
            200: _answer("Rejects", {"rejects": [reject], "next_after": None}, "A page of rejects."),
            **_problems(*_ALWAYS, "bad_parameter"),
        },
    }


def of_embed_link() -> dict[str, Any]:
    """POST /v1/embed-links."""
    link = {
        "path": "/embed/WyJidWRnZXQi.c2lnbmVk/budget", "page": "budget", "reader": "finance",
        "expires_at": "2026-10-05T05:30:20+00:00", "frame_ancestors": ["https://app.example.org"],
    }  # fmt: skip
    return {
        "tags": ["embedding"],
        "summary": "A link to a page that a front end may frame",
        "description": "The page (`budget`, `operations`) is read as the database role `reader` until the link ends. "
        "404 where the service embeds nothing.",
        "responses": {
            201: _answer("EmbedLink", link, "The link, below this service's address."),
            **_problems(*_ALWAYS, "bad_parameter", "not_found", "too_large", "too_slow", "length_mismatch"),
        },
        "openapi_extra": {
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"$ref": "#/components/schemas/LinkWanted"},
                        "example": {"page": "budget", "reader": "finance", "seconds": 900},
                    }
                },
            },
        },
    }


def of_health(summary: str) -> dict[str, Any]:
    """GET /healthz."""
    return {
        "tags": ["health"],
        "summary": summary,
        "responses": {200: _answer("Status", {"status": "alive"}, "It is."), **_problems("bad_request", "internal")},
    }


def of_readiness() -> dict[str, Any]:
    """GET /readyz."""
    described = of_health("Can it take something in?")
    described["responses"][200] = _answer("Status", {"status": "ready", "database": "ok", "inbox": "ok"}, "It can.")
    away = {"status": "not ready", "database": "unavailable", "inbox": "ok"}
    described["responses"][503] = _answer("Status", away, "The database or the inbox is away.")
    return described


def of_metrics() -> dict[str, Any]:
    """GET /metrics."""
    text = {"text/plain": {"schema": _TEXT, "example": "gauss_api_received_bytes_total 1024.0\n"}}
    return {
        "tags": ["health"],
        "summary": "Counters for Prometheus",
        "responses": {200: {"description": "Text format.", "content": text}, **_problems("bad_request", "internal")},
    }


def _key(dataset: str) -> str:
    return ", ".join(f"`{name}`" for name in _keys(dataset))


def _keys(dataset: str) -> list[str]:
    layout = load_profile(SOURCE).layout_of(f"{dataset}-.csv")
    return list(layout.datasets[0].key) if layout else []


def _first_key(dataset: str) -> str:
    return _keys(dataset)[0]


def _example_of_waiting(dataset: str, row: int) -> dict[str, Any]:
    return {"row": row, "field": spec_of(dataset).references[-1].field, "code": UNKNOWN}


def _as_line(row: dict[str, Any]) -> str:
    import json

    return json.dumps(row) + "\n"


def _row_of(dataset: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{spec_of(dataset).contract.__name__}"}


def _contract_schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = {}
    for dataset in DATASETS_TAKEN:
        contract = spec_of(dataset).contract
        schema = contract.model_json_schema(by_alias=False, ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schema["required"] = sorted({*schema.get("required", []), *(_keys(dataset)[:1])})
        schemas[contract.__name__] = schema
    return schemas


def install(app: FastAPI) -> None:
    """Have the application describe itself: FastAPI's paths, our schemas, one way to authenticate."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            components = described.setdefault("components", {})
            components["schemas"] = {**SCHEMAS, **_contract_schemas()}
            components["securitySchemes"] = {
                "key": {"type": "http", "scheme": "bearer", "description": "gauss_<prefix>_<secret>, see make api-key"}
            }
            for path, operations in described["paths"].items():
                for operation in operations.values():
                    if path.startswith("/v1/"):
                        operation["security"] = [{"key": []}]
                    if operation["responses"].get("422", {}).get("content", {}).get("application/json"):
                        del operation["responses"]["422"]  # FastAPI's own, which we never answer
            app.openapi_schema = described
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]
