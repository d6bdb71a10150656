"""Prints the bill of materials of the image it runs in: CycloneDX 1.6, as JSON, from what is installed there.

Usage: python deploy/image/bill_of_materials.py. It lists the Python packages of its own environment and Debian's
packages, each with its version, its licence where it names one, and its package URL. It needs Python and dpkg alone.
"""

import importlib.metadata
import json
import re
import shutil
import subprocess
from typing import Any

Component = dict[str, Any]
OURS = "touchline"


def of_python() -> list[Component]:
    """The packages of this environment, ours apart."""
    components = []
    for package in importlib.metadata.distributions():
        name = re.sub(r"[-_.]+", "-", package.name).lower()
        if name == OURS:
            continue
        component: Component = {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{package.version}",
            "name": name,
            "version": package.version,
            "purl": f"pkg:pypi/{name}@{package.version}",
        }
        if expressions := package.metadata.get_all("License-Expression"):
            component["licenses"] = [{"expression": expressions[0]}]
        elif licences := package.metadata.get_all("License"):
            component["licenses"] = [{"license": {"name": licences[0].splitlines()[0][:200]}}]
        components.append(component)
    return components


def of_debian() -> list[Component]:
    """Debian's packages; none where there is no dpkg."""
    dpkg = shutil.which("dpkg-query")
    if dpkg is None:
        return []
    asked = [dpkg, "--show", "--showformat", "${Package}\t${Version}\t${Architecture}\n"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout  # noqa: S603 - Debian's own
    components = []
    for line in listed.splitlines():
        name, version, architecture = line.split("\t")
        purl = f"pkg:deb/debian/{name.replace('+', '%2B')}@{version.replace('+', '%2B')}?arch={architecture}"
        components.append({"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl})
    return components


def bill() -> Component:
    """The whole bill. The same packages give the same bill: it bears no date and no random number."""
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": OURS,
                "name": OURS,
                "version": importlib.metadata.version(OURS),
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": sorted(of_python() + of_debian(), key=lambda each: str(each["bom-ref"])),
    }


if __name__ == "__main__":
    print(json.dumps(bill(), indent=1))
