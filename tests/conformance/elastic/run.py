#!/usr/bin/env python3
"""Runs datasets and queries (NDJSON on standard input) through Elasticsearch: see README.md."""

import subprocess
import sys
import tempfile

from install import install

# Java's own notices of what Lucene does with memory, and the engine's of its threads, say nothing here.
QUIET = ["--enable-native-access=ALL-UNNAMED", "-Djava.util.logging.config.file=/dev/null"]
MEMORY = ["-Xms512m", "-Xmx2g", "-Xss8m"]


def main(options):
    with tempfile.TemporaryDirectory(prefix="rulec-elastic-") as home:
        command = [*install(), "rulec.elastic.Main", home]
        command[1:1] = [*QUIET, *MEMORY, *options]
        return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
