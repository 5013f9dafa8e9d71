"""What the whole-program tests share: running cnci alone and under mpirun, reading its outputs."""

import csv
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ.get("CNCI_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
CNCI = os.environ.get("CNCI_BIN", str(SOURCE / "build/release/cnci"))
DATA = pathlib.Path(os.environ.get("CNCI_DATA", SOURCE / "../shared/data")).resolve()

MPI_ENV = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_pml": "ob1",
    "OMPI_MCA_btl": "self,vader",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
}


class Result:
    """Exit code and output of a program."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def __str__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def run(*args, ranks=None, cwd=None, timeout=600, simd=""):
    """Runs cnci with arguments; under mpirun where `ranks` is given, on a SIMD target if named."""
    command = [CNCI, *map(str, args)]
    if ranks is not None:
        command = ["mpirun", "-n", str(ranks), "--bind-to", "none", *command]
    env = dict(os.environ, **MPI_ENV, CNCI_SIMD=simd)
    return Result(
        subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout,
                       check=False))


def must(*args, **kwargs):
    """Runs cnci and fails the test with its whole output where it fails."""
    result = run(*args, **kwargs)
    assert result.code == 0, f"cnci {' '.join(map(str, args))}: {result}"
    return result


def simd_targets():
    """What this processor can run, best first."""
    line = next(line for line in run("--version").out.splitlines() if "SIMD target" in line)
    return line[line.index("(of ") + 4:line.rindex(")")].split(", ")


def rows(output):
    """zones.csv as a list of dictionaries."""
    with open(pathlib.Path(output) / "zones.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(text):
    """A field of a table; an empty one is NaN."""
    return float(text) if text else float("nan")


def provenance(output):
    return json.loads((pathlib.Path(output) / "run.json").read_text(encoding="utf-8"))


def cube_digest(path):
    """A hash over the values of every variable of a cube (not over the bytes of the file)."""
    import netCDF4
    import numpy as np

    digest = hashlib.sha256()
    with netCDF4.Dataset(path) as cube:
        cube.set_auto_mask(False)
        for name in sorted(cube.variables):
            values = np.ascontiguousarray(np.asarray(cube.variables[name][...]))
            if values.dtype.kind in "fiu":
                digest.update(name.encode())
                digest.update(values.tobytes())
    return digest.hexdigest()


def table_digest(output):
    """A hash over zones.csv and profile.csv."""
    digest = hashlib.sha256()
    for name in ("zones.csv", "profile.csv"):
        digest.update((pathlib.Path(output) / name).read_bytes())
    return digest.hexdigest()


class Folder:
    """A temporary folder that is removed at the end."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="cnci-test-"))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


_sample = None


def small_sample():
    """The small sample, made once in a folder that lives as long as the test program."""
    global _sample
    if _sample is None:
        _sample = tempfile.TemporaryDirectory(prefix="cnci-sample-")
        must("sample", _sample.name + "/small", "--size", "small")
    return pathlib.Path(_sample.name) / "small"


def have_data(*names):
    """Whether the real data folders are there; says what is skipped where not."""
    missing = [name for name in names if not (DATA / name).exists()]
    if missing:
        print(f"skipped: {', '.join(missing)} not in {DATA}", file=sys.stderr)
    return not missing


def main():
    """Runs the tests of the calling file; a file whose tests all skip says so and passes."""
    import unittest

    unittest.main(verbosity=2)
