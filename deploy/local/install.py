"""Sets up an environment from a lock file: with uv, which pip fetches into it, or with pip alone where uv fails.

Usage: python deploy/local/install.py ENVIRONMENT LOCK. It needs nothing but Python. Run again, it completes a set-up
that was broken off. Meanwhile it fetches Apache Kafka for the local broker, unless TOUCHLINE_BROKER names a cluster.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")
JARS = Path(__file__).with_name("jars.py")
AS_UV_HAS_IT = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
"""By pip's name of a setting the name of uv's. uv does not read pip's own files."""


def settings_of_pip(listed: str) -> dict[str, str]:
    """The output of `pip config list` as environment variables for uv. A variable that is set already stays."""
    settings = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        setting = AS_UV_HAS_IT.get(name.rpartition(".")[2])
        if setting and setting not in os.environ:
            settings[setting] = " ".join(str(ast.literal_eval(value)).split())
    return settings


def install(environment: Path, lock: Path) -> None:
    """Makes the environment. Raises subprocess.CalledProcessError when packages cannot be had."""
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    uv_lock = lock.with_name("requirements-uv.lock")
    listed = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    with_uv = {**os.environ, **settings_of_pip(listed), "UV_NO_PROGRESS": "1"}
    uv = (str(environment / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(python))
    ours = ("--no-deps", "--editable", ".")
    fetching = None
    try:
        subprocess.run([python, *PIP, "install", "--require-hashes", "-r", uv_lock], check=True)
        if not os.environ.get("TOUCHLINE_BROKER"):
            kafka_lock = lock.with_name("requirements-kafka.lock")
            subprocess.run([*uv, "--require-hashes", "-r", kafka_lock], env=with_uv, check=True)
            fetching = subprocess.Popen([python, str(JARS)])
        subprocess.run([*uv, "--compile-bytecode", "--require-hashes", "-r", lock], env=with_uv, check=True)
        subprocess.run([*uv, *ours], env=with_uv, check=True)
    except (subprocess.CalledProcessError, OSError):
        print("uv could not install the packages here; pip does it, which takes a minute …", file=sys.stderr)
        subprocess.run([python, *PIP, "install", "--require-hashes", "-r", lock], check=True)
        subprocess.run([python, *PIP, "install", *ours], check=True)
    if fetching is not None and fetching.wait():
        print("The local broker tries that again when it starts.", file=sys.stderr)


if __name__ == "__main__":
    try:
        install(Path(sys.argv[1]), Path(sys.argv[2]))
    except subprocess.CalledProcessError:
        sys.exit("The packages could not be installed; what is above says why. Run it again once that is mended.")
