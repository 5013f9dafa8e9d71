#!/usr/bin/python3
"""The snippets of docs/reading.md, run as they stand.

Usage: reading_snippets.py OUT INTO    runs them on the output OUT and puts the pictures into INTO
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from support import CNCI, SOURCE

PAGE = SOURCE / "docs/reading.md"
PROGRAMS = {"python": ["/usr/bin/python3", "-"], "r": ["R", "--vanilla", "--no-echo"],
            "sh": ["bash", "-euo", "pipefail"]}


def snippets(page=PAGE):
    """Language and text of every fenced block, in order."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def pictures(page=PAGE):
    """Names of the pictures that the page shows."""
    return re.findall(r"\]\(reading/(\w+\.png)\)", page.read_text(encoding="utf-8"))


def run_snippet(language, text, folder):
    """Runs one in a folder; raises with what it printed where it fails."""
    env = dict(os.environ, MPLBACKEND="Agg", HOME=str(folder), XDG_RUNTIME_DIR=str(folder),
               PATH=f"{pathlib.Path(CNCI).parent}:{os.environ['PATH']}")
    done = subprocess.run(PROGRAMS[language], input=text, cwd=folder, env=env, capture_output=True,
                          encoding="utf-8", timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{text}\n--- exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def prepare(folder, output):
    """Lays an output where the snippets look for it."""
    place = pathlib.Path(folder) / "out/guizhou-2013"
    place.parent.mkdir()
    place.symlink_to(pathlib.Path(output).resolve())


def main():
    output, into = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="cnci-reading-") as name:
        folder = pathlib.Path(name)
        prepare(folder, output)
        for language, text in snippets():
            run_snippet(language, text, folder)
        for picture in pictures():
            shutil.copy(folder / picture, into)


if __name__ == "__main__":
    main()
