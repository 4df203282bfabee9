"""A Power BI of our own: an HTTPS server on 127.0.0.1 that hands out tokens and refreshes models, or does not.

It speaks what Microsoft's provider uses: POST …/oauth2/v2.0/token, POST and GET …/datasets/<id>/refreshes, DELETE of one.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import ssl
import threading
import uuid
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TENANT, WORKSPACE, MODEL = (str(uuid.uuid5(uuid.NAMESPACE_URL, name)) for name in ("tenant", "workspace", "model"))
CLIENT, SECRET = str(uuid.uuid5(uuid.NAMESPACE_URL, "client")), "a-secret-of-the-tests"
TOKEN = "a-token-of-the-tests"
QUOTED = "duplicate value 'Wanjiru 91000'"


class FakePowerBI:
    """The server, what it was asked, and its moods.

    Each request for a refresh takes the next of `answers`: `202`, `429` (come back in a second), `400`, `403`. Each look at the
    refreshes takes the next of `statuses`: Unknown (Power BI's word for running), Completed, Failed, Disabled. The last
    of each stays. While a refresh runs, another is refused (400).
    """

    def __init__(self, folder: Path, answers: list[int] | None = None, statuses: list[str] | None = None) -> None:
        self.answers = deque(answers or [202])
        self.statuses = deque(statuses or ["Completed"])
        self.knows_secret = SECRET
        self.requests: list[str] = []
        self.refreshes: list[str] = []
        self.is_running = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.certificate = folder / "certificate.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(self.certificate, folder / "key.pem"), folder / "key.pem")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def connection(self) -> dict[str, Any]:
        """The connection `powerbi` that leads here, for AIRFLOW_CONN_POWERBI."""
        address = f"127.0.0.1:{self.server.server_address[1]}"
        return {
            "conn_type": "generic",
            "login": CLIENT,
            "password": SECRET,
            "extra": {
                "tenantId": TENANT,
                "group_id": WORKSPACE,
                "dataset_id": MODEL,
                "authority": f"https://{address}",
                "allowed_hosts": "127.0.0.1",
                "disable_instance_discovery": True,
                "base_url": f"https://{address}/v1.0",
                "verify": str(self.certificate),
            },
        }

    def answer(self, method: str, path: str, headers: Any, body: str) -> tuple[int, dict[str, str], Any]:
        """Status, headers and JSON of an answer."""
        self.requests.append(f"{method} {path.split('?')[0]}")
        if path.endswith("/openid-configuration"):
            base = self.connection["extra"]["authority"] + f"/{TENANT}"
            oauth = f"{base}/oauth2/v2.0"
            known = {
                "issuer": f"{base}/v2.0",
                "token_endpoint": f"{oauth}/token",
                "authorization_endpoint": f"{oauth}/authorize",
            }
            return 200, {}, known
        if path == f"/{TENANT}/oauth2/v2.0/token":
            if f"client_secret={self.knows_secret}" not in body:
                return 401, {}, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"}
            return 200, {}, {"token_type": "Bearer", "expires_in": 3600, "access_token": TOKEN}
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {}, {"error": {"code": "TokenExpired"}}
        refreshes = f"/v1.0/myorg/groups/{WORKSPACE}/datasets/{MODEL}/refreshes"
        if method == "POST" and path == refreshes:
            return self._refresh()
        if method == "GET" and path == refreshes:
            return 200, {}, {"value": [self._told(known) for known in reversed(self.refreshes)]}
        if method == "DELETE" and path.startswith(f"{refreshes}/"):
            return 200, {}, {}
        return 404, {}, {"error": {"code": "PowerBIEntityNotFound"}}

    def _refresh(self) -> tuple[int, dict[str, str], Any]:
        status = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if status == 429:
            return 429, {"Retry-After": "1"}, {"error": {"code": "TooManyRequests"}}
        if status != 202:
            return status, {}, {"error": {"code": "PowerBINotAuthorizedException"}}
        if self.is_running:
            return (
                400,
                {},
                {"error": {"code": "InvalidRequest", "message": "Another refresh request is already executing"}},
            )
        self.is_running = True
        self.refreshes.append(str(uuid.uuid4()))
        return 202, {"RequestId": self.refreshes[-1]}, None

    def _told(self, refresh: str) -> dict[str, Any]:
        status = self.statuses.popleft() if len(self.statuses) > 1 else self.statuses[0]
        self.is_running = status == "Unknown"
        told = {"requestId": refresh, "refreshType": "ViaApi", "status": status}
        if status == "Failed":
            told["serviceExceptionJson"] = json.dumps({"errorCode": "ModelRefreshFailed", "errorDescription": QUOTED})
        return told

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                status, headers, content = fake.answer(self.command, self.path, self.headers, body)
                text = b"" if content is None else json.dumps(content).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if text:
                    self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def do_DELETE(self) -> None:
                self._answer()

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _certificate(certificate: Path, key: Path) -> Path:
    """A certificate for 127.0.0.1, signed by itself."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.touch(mode=0o600)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate
