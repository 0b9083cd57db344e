#!/usr/bin/env python3
"""Builds the catalogue and proves it in a browser: links, HTML, accessibility, search, a strict security policy.

    python3 tests/catalogue/check.py                     the rules of this repository
    python3 tests/catalogue/check.py DIR...              other rules; pages are sampled, links all followed
    python3 tests/catalogue/check.py --site FOLDER       a site that is already there
    python3 tests/catalogue/check.py --screenshots DIR   keeps a picture of each page that was opened

Needs Chromium, Node and npm; says SKIPPED where they are missing. Exits with 1 if anything is at fault.
"""

import argparse
import collections
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "conformance"))

import packages  # noqa: E402
from links import faults_of_links  # noqa: E402
from run import rulec  # noqa: E402

# Bytes of a page that is opened; the time of the accessibility checker grows faster than a page.
LARGEST = 250_000
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]


def browser():
    """A Chromium, if this machine has one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def kinds(site):
    """The pages of each kind: by folder and depth; a vendor's rules are a kind of their own."""
    found = collections.defaultdict(list)
    for page in sorted(site.rglob("*.html")):
        parts = page.relative_to(site).parts
        vendor = parts[1] if parts[0] == "rules" and len(parts) > 2 else ""
        found[parts[0], vendor, len(parts), parts[-1] == "index.html"].append(page)
    return found


def sample(pages, count):
    """Some pages of a kind: the largest of those that are looked at in reasonable time, then others at even distances."""
    by_size = sorted(pages, key=lambda page: page.stat().st_size)
    fitting = [page for page in by_size if page.stat().st_size <= LARGEST] or by_size[:1]
    step = max(1, len(fitting) // count)
    return list(dict.fromkeys([fitting[-1], *fitting[::step]]))[:count]


def build(program, rules, output):
    made = subprocess.run([program, "catalog", *map(str, rules), "--output", output, "--quiet"])
    # 1: some of the rules are at fault, which the site says too.
    if made.returncode not in (0, 1):
        sys.exit(f"rulec catalog failed with {made.returncode}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", nargs="*", type=Path)
    parser.add_argument("--site", type=Path)
    parser.add_argument("--screenshots", type=Path)
    parser.add_argument("--each", type=int, default=2, help="pages of a kind to open")
    options = parser.parse_args()

    chromium = browser()
    if not chromium or not shutil.which("node") or not shutil.which("npm"):
        print("SKIPPED: the catalogue in a browser needs chromium, node and npm, which are not all installed")
        return 0
    modules = packages.node("catalogue", HERE / "node")

    with tempfile.TemporaryDirectory() as folder:
        site = options.site or Path(folder) / "site"
        if not options.site:
            build(rulec(), options.rules or [ROOT / "rules"], site)
        pages = {kind: sample(found, options.each) for kind, found in kinds(site).items()}
        chosen = [str(page.relative_to(site)) for found in pages.values() for page in found]
        total, faults = faults_of_links(site)
        print(f"{total.pages} pages, {total.links} links; opening {len(chosen)} pages of {len(pages)} kinds")
        task = {
            "chromium": chromium,
            "site": str(site.resolve()),
            "pages": chosen,
            "rules": [page for page in chosen if page.startswith("rules/") and not page.endswith("/index.html")],
            "screenshots": options.screenshots and str(options.screenshots.resolve()),
        }
        if options.screenshots:
            options.screenshots.mkdir(parents=True, exist_ok=True)
        for script in ("browser.mjs", "validate.mjs"):
            shutil.copy(HERE / "node" / script, modules / script)
            run = subprocess.run(
                ["node", modules / script], input=json.dumps(task).encode(), stdout=subprocess.PIPE
            )
            if run.returncode != 0:
                sys.exit(f"{script} failed with {run.returncode}")
            told = json.loads(run.stdout)
            print(told["summary"])
            faults += told["faults"]
    for fault in faults[:60]:
        print(f"  {fault}")
    print(f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
