"""Packages that engines need, in environments of their own below one cache folder."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

# The exit code that says: this machine lacks a tool.
SKIPPED = 3


def cache(name):
    """The folder of an engine's packages."""
    chosen = os.environ.get("RULEC_CONFORMANCE_CACHE")
    if not chosen:
        target = os.environ.get("CARGO_TARGET_DIR", Path(__file__).resolve().parents[2] / "target")
        chosen = Path(target) / "conformance"
    folder = Path(chosen).resolve() / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def skip(why):
    print(why, file=sys.stderr)
    sys.exit(SKIPPED)


def complete(folder, text, make):
    """Makes a folder's content once for each text that describes it."""
    stamp = folder / "complete"
    digest = hashlib.sha256(text.encode()).hexdigest()
    # Several runs of an engine start at once.
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.is_file() and stamp.read_text() == digest):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            make()
            stamp.write_text(digest)


def python(name, requirements):
    """A Python with the packages of a requirements file."""
    folder = cache(name) / "python"
    program = folder / "environment" / "bin" / "python"

    def make():
        command = [sys.executable, "-m", "venv", "--clear", folder / "environment"]
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode != 0:
            said = (made.stderr or made.stdout).strip().splitlines()
            why = said[-1] if said else f"exit code {made.returncode}"
            skip(f"Python makes no virtual environment (Debian: python3-venv): {why}")
        install = [program, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]
        if subprocess.run(install, stdout=sys.stderr).returncode != 0:
            skip("pip could not install the packages")

    complete(folder, requirements.read_text() + sys.version, make)
    return str(program)


def node(name, package):
    """The folder of npm packages that a package.json and its lock file name."""
    if not shutil.which("npm") or not shutil.which("node"):
        skip("node and npm are not installed")
    folder = cache(name) / "node"

    def make():
        for file in ("package.json", "package-lock.json"):
            shutil.copy(package / file, folder / file)
        install = ["npm", "ci", "--silent", "--no-audit", "--no-fund"]
        if subprocess.run(install, cwd=folder, stdout=sys.stderr).returncode != 0:
            skip("npm could not install the packages")

    complete(folder, (package / "package-lock.json").read_text(), make)
    return folder


def hand_over(program, script, *arguments):
    """Runs a script in another environment, with this process's input and output."""
    sys.exit(subprocess.run([program, script, *arguments]).returncode)
