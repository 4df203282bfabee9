"""What the service counts about itself, for Prometheus; names of routes, datasets and codes, never a value."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
REQUESTS = Counter("gauss_api_requests_total", "Answered requests", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "gauss_api_request_seconds",
    "From a request's headers to the end of its answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60),
    registry=REGISTRY,
)
RECEIVED = Counter("gauss_api_received_bytes_total", "Bytes of bodies that were read", registry=REGISTRY)
ROWS = Counter("gauss_api_rows_total", "Rows by what was answered about them", ["dataset", "result"], registry=REGISTRY)
FSYNC = Histogram(
    "gauss_api_fsync_seconds",
    "How long the disk takes to keep single rows",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5),
    registry=REGISTRY,
)
DELIVERED = Counter("gauss_api_delivered_files_total", "Files put into the inbox", ["kind"], registry=REGISTRY)
UNFINISHED = Gauge("gauss_api_unfinished_files", "Files that wait for their name in the inbox", registry=REGISTRY)
NOTICES = Counter("gauss_api_webhooks_total", "Attempts to tell a webhook", ["result"], registry=REGISTRY)
RINGS = Counter("gauss_api_rings_total", "Attempts to trigger the pipeline", ["result"], registry=REGISTRY)
