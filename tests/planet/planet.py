"""The planet at 1 km, end to end: `cnci sample --size global`, a run on two ranks within the bound of
memory, and a cube that xarray and GDAL open and that adds up to the table. Takes some four minutes and
6 GB of the temporary folder."""

import csv
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import xarray

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "program"))

from support import measured, must  # noqa: E402

MOST_RESIDENT_MB = 300  # the design's bound at tiles of 512
ROWS = 512


def table_total(out, column):
    with open(out / "zones.csv", encoding="utf-8", newline="") as file:
        return sum(float(row[column]) for row in csv.DictReader(file) if row["level"] == "province")


def cube_total(cube, name):
    """Tonnes: values in t km-2 times areas in km2."""
    total = 0.0
    for first in range(0, cube.sizes["lat"], ROWS):
        rows = cube.isel(lat=slice(first, first + ROWS))
        values = rows[name].isel(time=0).values
        if np.isnan(values).all():
            continue
        areas = np.broadcast_to(rows["cell_area"].values.reshape(values.shape[0], -1), values.shape)
        total += float(np.nansum(values.astype(np.float64) * areas))
    return total


def main():
    with tempfile.TemporaryDirectory(prefix="cnci-planet-") as work:
        work = pathlib.Path(work)
        must("sample", work / "sample", "--size", "global", timeout=1200)
        seconds, peak = measured("run", work / "sample/job.ini", "--quiet", "--set",
                                 f"output.path={work}/out", ranks=2)
        size = (work / "out/cube.nc").stat().st_size / 1e6
        print(f"planet: {seconds:.1f} s on 2 ranks, {peak:.0f} MB a rank, cube of {size:.0f} MB")
        assert peak < MOST_RESIDENT_MB, "a rank takes more than it may"
        info = subprocess.run(["gdalinfo", f"NETCDF:{work}/out/cube.nc:sink"], check=True,
                              capture_output=True, text=True).stdout
        assert "Size is 43200, 21600" in info, info
        with xarray.open_dataset(work / "out/cube.nc") as cube:
            assert (cube.sizes["lat"], cube.sizes["lon"]) == (21600, 43200), cube.sizes
            for name, column in (("sink", "sink_t"), ("ccsf", "ccs_t")):
                of_cube, of_table = cube_total(cube, name), table_total(work / "out", column)
                print(f"planet: {name}: cube {of_cube:.6g} t, table {of_table:.6g} t")
                # Cells on a coast count whole in the cube.
                assert abs(of_cube - of_table) < 0.01 * of_table, name
    print("planet: all as it should be")


if __name__ == "__main__":
    main()
