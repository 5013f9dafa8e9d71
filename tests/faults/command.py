"""What the commands of the campaigns share: which cnci, which seed, where to work."""

import os
import pathlib
import random
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def add_options(parser):
    parser.add_argument("--seed", type=int, default=None, help="printed; random by default")
    parser.add_argument("--cnci", default=os.environ.get("CNCI_BIN", str(ROOT / "build/release/cnci")))


def begin(options, prefix, folder=None):
    """Settles the seed, and which cnci all that is imported from here on runs. Returns a new folder
    with the small sample in `sample`."""
    os.environ["CNCI_BIN"] = str(pathlib.Path(options.cnci).resolve())
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(10**6)
    print(f"seed {options.seed}, {options.cnci}", flush=True)
    sys.path.insert(0, str(ROOT / "tests/program"))
    from support import must

    work = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
    must("sample", work / "sample", "--size", "small")
    return work
