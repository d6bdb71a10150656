"""What docs/operations.md says of one machine is typed through on one: a clean Debian that systemd boots.

It takes minutes, so it runs when TOUCHLINE_NIGHTLY is 1. What needs packages is typed before the machine boots: then it
has no network, since on this machine's it would meet other programs' ports.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.debian import program
from tests.deployment.built import REGISTRY, ROOT, clean_root, pip_settings, run
from tests.nightly import NIGHTLY

SAID = (ROOT / "docs" / "operations.md").read_text("utf-8")
STEPS = ("Install", "Kafka", "PostgreSQL", "Start", "https", "Watching", "First sign-in, and a check")
UNIT = """[Unit]
After=multi-user.target
[Service]
Type=oneshot
TimeoutStartSec=1800
ExecStart=/bin/bash /srv/typed.sh
ExecStopPost=/bin/systemctl poweroff --no-block
StandardOutput=file:/srv/said
StandardError=file:/srv/said
[Install]
WantedBy=multi-user.target
"""
TYPED = """shown() {{ printf '%s\\n' "=== $1"; }}
failed=0
{commands}
cd /opt/touchline
alive() {{ .venv/bin/python deploy/image/alive.py 8710 && .venv/bin/python deploy/image/alive.py 8711; }}
for _ in $(seq 300); do alive && break; sleep 1; done
alive || failed=1
echo "=== the page, by https, and no metrics"
page() {{ /usr/bin/python3 - "$1" <<'END'
import http.client, ssl, sys
asked = http.client.HTTPSConnection("127.0.0.1", 443, context=ssl._create_unverified_context())
asked.request("GET", sys.argv[1], headers={{"Host": "touchline.example.org"}})
print(asked.getresponse().status)
END
}}
test "$(page /)" = 303 || failed=1
test "$(page /metrics)" = 404 || failed=1
echo "=== the doctor finds nothing wrong"
touchline-operator doctor || failed=1
ours="touchline-kafka touchline-processor@1 touchline-board touchline-checker"
for unit in $ours prometheus prometheus-alertmanager nginx
do systemctl is-active --quiet $unit || {{ failed=1; echo "=== $unit does not run"; }}
done
journalctl --no-pager -u 'touchline-*' | tail -n 60
echo "=== failed: $failed"
"""
MAY_SAY_MORE = ("touchline-operator status", "touchline-operator doctor", "systemctl --no-pager status")
"""Commands that end with 1 when something asks for attention, as it may while parts begin."""

pytestmark = pytest.mark.timeout(2700)


def commands() -> dict[str, list[list[str]]]:
    """By step the blocks of commands, in their order."""
    whole = SAID.partition("\n## One machine\n")[2].partition("\n## ")[0]
    steps = dict(re.findall(r"^### ([^\n]+)\n(.*?)(?=^### |\Z)", whole, re.DOTALL | re.MULTILINE))
    return {
        name: [
            re.findall(r"^\$ (.+)$", block, re.MULTILINE)
            for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL)
        ]
        for name, text in steps.items()
    }


def test_the_page_has_every_step() -> None:
    """Else the test below would type less than people do."""
    typed = commands()
    assert tuple(typed) == STEPS
    assert all(block for blocks in typed.values() for block in blocks)


def test_every_file_that_is_installed_is_there() -> None:
    """Each path of the checkout that a command names."""
    for path in re.findall(r"/opt/touchline/(deploy/[^\s;]+)", SAID):
        assert list(ROOT.glob(path)), path


def outside(root: Path) -> list[str]:
    """What commands within a root must know of the way to the registries."""
    trusted = f"{REGISTRY}/certificates.pem"
    has_own = (root / trusted.lstrip("/")).exists()
    certificates = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if has_own else ()
    proxies = [f"{name}={os.environ[name]}" for name in ("http_proxy", "https_proxy") if name in os.environ]
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return [
        path,
        "HOME=/root",
        "DEBIAN_FRONTEND=noninteractive",
        *(f"{name}={trusted}" for name in certificates),
        *proxies,
    ]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A clean Debian with systemd and this checkout."""
    root = clean_root(tmp_path / "machine")
    shutil.copy("/etc/resolv.conf", root / "etc")
    (root / "etc" / "hosts").write_text("127.0.0.1 localhost touchline.example.org\n", "utf-8")
    registry = root / REGISTRY.lstrip("/")
    registry.mkdir()
    shutil.copy(pip_settings(registry) / "pip.conf", root / "etc")
    files = run("git", "-C", ROOT, "ls-files").splitlines()
    for file in files:
        target = root / "opt" / "touchline" / file
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / file).is_file():
            shutil.copy(ROOT / file, target)
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run("chroot", root, "apt-get", "update", **quiet)
    run("chroot", root, "apt-get", "install", "--yes", "--no-install-recommends", "systemd", "systemd-sysv", **quiet)
    return root


@NIGHTLY
def test_a_machine_with_nothing_becomes_a_councils(machine: Path) -> None:
    """Every command of the page in its order; then all parts are alive, and the board is there by https alone."""
    typed = commands()
    for command in typed["Install"].pop(0):
        run("chroot", machine, "/usr/bin/env", "-i", *outside(machine), "/bin/bash", "-c", command)
    lines = []
    for blocks in typed.values():
        for command in (each for block in blocks for each in block):
            lines.append(f"shown {command.split(chr(39))[0]!r}\n{command}")
            lines.append(
                "true" if command.startswith(MAY_SAY_MORE) else '[ $? = 0 ] || { failed=1; echo "=== it failed"; }'
            )
    (machine / "srv" / "typed.sh").write_text(TYPED.format(commands="\n".join(lines)), "utf-8")
    unit = machine / "etc/systemd/system/typed.service"
    unit.write_text(UNIT, "utf-8")
    wanted = unit.parent / "multi-user.target.wants"
    wanted.mkdir(exist_ok=True)
    (wanted / "typed.service").symlink_to("/etc/systemd/system/typed.service")
    nspawn = program("systemd-nspawn", "systemd-container")
    command = [nspawn, "-D", machine, "--boot", "--private-network", "--register=no", "--keep-unit"]
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=1800, check=False)
    said = (machine / "srv" / "said").read_text("utf-8")
    print(said)
    assert said.rstrip().endswith("=== failed: 0"), said[-6000:]
    assert "Hand this link to p.001" in said
