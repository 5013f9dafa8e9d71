#!/usr/bin/python3
"""The end of a run, while the cube and the tables are written: a cube that cannot grow, a stop that
does not wait for the mass of an inventory."""

import re
import resource
import shutil
import signal
import subprocess
import sys
import time

from support import CNCI, SOURCE, main, small_sample

sys.path.insert(0, str(SOURCE / "tests/faults"))

from checks import check_tiles, resume  # noqa: E402
from harness import Job, Live, Reference, expect  # noqa: E402
from sample_case import SampleCase  # noqa: E402

STOPPED = 75
# Far more than an end takes, far less than what is left of the run.
SOON_S = 6


class Assembly(SampleCase):
    def setUp(self):
        super().setUp()
        self.job = Job("short", small_sample() / "job.ini", self.work, "grid.resolution=1/480",
                       "grid.tile=64")

    def test_tiles_go_on_where_the_cube_cannot_grow(self):
        reference = Reference(self.job)
        store = reference.out / ".tiles"
        largest_tile = max(path.stat().st_size for path in store.glob("tile_*.h5"))
        most = reference.sizes["cube.nc"] // 2
        self.assertLess(2 * largest_tile, most)
        out = self.work / "out"
        command = [CNCI, "run", str(self.job.file)]
        for setting in (*self.job.settings, f"output.path={out}"):
            command += ["--set", setting]

        # Python ignores SIGXFSZ, and so does what it starts then: writes fail as on a full disk.
        with subprocess.Popen(command, restore_signals=False, stderr=subprocess.PIPE,
                              text=True) as process:
            while process.poll() is None and not list(out.glob(".tiles/tile_*.h5")):
                time.sleep(0.001)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
            text = process.communicate()[1]
        self.assertEqual(process.returncode, 1, text)
        self.assertRegex(text, r"error: .*cube\.nc.*File too large")
        self.assertEqual(len(check_tiles(out, reference)), len(reference.tiles))
        self.assertEqual([path.name for path in out.glob("[!.]*")], [])
        resume(self.job, out, reference)

    def test_a_stop_does_not_wait_for_the_mass_of_an_inventory(self):
        sample = self.work / "inputs"
        shutil.copytree(small_sample(), sample)
        text = (sample / "job.ini").read_text()
        text = re.sub(r"path +=.*emissions.*\nvariable.*\n", "path = {data}/emissions.tif\n", text)
        (sample / "job.ini").write_text(text)
        subprocess.run(["gdal_create", "-q", "-outsize", "72000", "36000", "-ot", "Float32",
                        "-a_srs", "EPSG:4326", "-a_ullr", "-180", "90", "180", "-90", "-co",
                        "TILED=YES", "-co", "SPARSE_OK=TRUE", "-co", "BIGTIFF=YES", sample / "emissions.tif"],
                       check=True)
        out = self.work / "out"
        with Live(Job("inventory", sample / "job.ini", self.work, *self.job.settings), out) as live:
            expect(live.wait_for_phase("publish"), live.text())
            live.pause(0.2)
            self.assertTrue(live.running(), "the mass was there too soon for a stop")
            live.send(live.rank_pids()[0], signal.SIGTERM)
            code = live.end(SOON_S)
            text = live.text()
        self.assertEqual(code, STOPPED, text)
        self.assertNotIn("gave up waiting", text)
        self.assertEqual([path.name for path in out.glob("[!.]*")], [])


if __name__ == "__main__":
    main()
