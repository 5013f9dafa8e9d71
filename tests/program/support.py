"""What the whole-program tests share: running cnci alone and under mpirun, reading its outputs."""

import csv
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

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
        subprocess.run(command, cwd=cwd, env=env, capture_output=True, encoding="utf-8",
                       errors="surrogateescape", timeout=timeout, check=False))


def must(*args, **kwargs):
    """Runs cnci and fails the test with its whole output where it fails."""
    result = run(*args, **kwargs)
    assert result.code == 0, f"cnci {' '.join(map(str, args))}: {result}"
    return result


def measured(*args, ranks=None):
    """Seconds of a run of cnci that must succeed, and MB of its largest process. What the caller takes
    itself counts as its child's, up to the exec."""
    command = [CNCI, *map(str, args)]
    if ranks is not None:
        command = ["mpirun", "-n", str(ranks), "--bind-to", "none", *command]
    with tempfile.TemporaryFile() as messages:
        start = time.monotonic()
        child = subprocess.Popen(command, env=dict(os.environ, **MPI_ENV), stdout=messages,
                                 stderr=messages)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        messages.seek(0)
        assert child.returncode == 0, messages.read().decode()
    return seconds, usage.ru_maxrss / 1024


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
    """A hash over the values of every variable of a cube, those of its groups too (not over the bytes
    of the file)."""
    import netCDF4
    import numpy as np

    digest = hashlib.sha256()

    def add(group):
        for name in sorted(group.variables):
            values = np.asarray(group.variables[name][...])
            digest.update(f"{group.path} {name} {values.shape}".encode())
            if values.dtype.kind in "fiu":
                digest.update(np.ascontiguousarray(values).tobytes())
            else:
                digest.update("\0".join(map(str, values.ravel())).encode())
        for name in sorted(group.groups):
            add(group.groups[name])

    with netCDF4.Dataset(path) as cube:
        cube.set_auto_mask(False)
        add(cube)
    return digest.hexdigest()


def gpkg_digest(path):
    """A hash over attributes and geometry of every layer of a GeoPackage, in the order of layer names
    and feature ids. What says when it was written is left out."""
    digest = hashlib.sha256()

    def add(*values):
        digest.update(repr(values).encode())

    base = sqlite3.connect(f"{pathlib.Path(path).absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        layers = base.execute("SELECT c.table_name, c.data_type, c.min_x, c.min_y, c.max_x, c.max_y, "
                              "c.srs_id, g.column_name, g.geometry_type_name, s.definition "
                              "FROM gpkg_contents c "
                              "LEFT JOIN gpkg_geometry_columns g ON g.table_name = c.table_name "
                              "LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = c.srs_id "
                              "ORDER BY c.table_name").fetchall()
        for layer in layers:
            add(*layer)
            columns = [c[1:3] for c in base.execute(f'PRAGMA table_info("{layer[0]}")')]
            add(*columns)
            for row in base.execute(f'SELECT * FROM "{layer[0]}" ORDER BY 1'):
                add(*row)
    finally:
        base.close()
    return digest.hexdigest()


def table_digest(output):
    """A hash over zones.csv and profile.csv."""
    digest = hashlib.sha256()
    for name in ("zones.csv", "profile.csv"):
        digest.update((pathlib.Path(output) / name).read_bytes())
    return digest.hexdigest()


def output_digest(output):
    """The hashes of all results of a run that must not depend on how it was run."""
    output = pathlib.Path(output)
    digests = {"tables": table_digest(output), "zones.gpkg": gpkg_digest(output / "zones.gpkg")}
    for cube in sorted(output.glob("cube*.nc")):
        digests[cube.name] = cube_digest(cube)
    return digests


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


class RunsOfASample(unittest.TestCase):
    """Tests with a folder of their own, where runs of the small sample put their output."""

    def setUp(self):
        folder = Folder()
        self.work = folder.__enter__()
        self.addCleanup(folder.__exit__)
        self.job = small_sample() / "job.ini"
        self.out = self.work / "out"

    def run_job(self, *extra, out=None, job=None, **how):
        return run("run", job or self.job, "--set", f"output.path={out or self.out}", *extra, **how)


def have_data(*names):
    """Whether the real data folders are there; says what is skipped where not."""
    missing = [name for name in names if not (DATA / name).exists()]
    if missing:
        print(f"skipped: {', '.join(missing)} not in {DATA}", file=sys.stderr)
    return not missing


def main():
    """Runs the tests of the calling file; a file whose tests all skip says so and passes."""

    unittest.main(verbosity=2)
