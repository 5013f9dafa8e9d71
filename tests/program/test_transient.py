#!/usr/bin/python3
"""A file system that spoils the first read of every block and gives the right bytes then: the run goes
on to the same results."""

import os
import subprocess
import unittest

from support import CNCI, MPI_ENV, RunsOfASample, main, must, output_digest

FLAKY = os.environ.get("CNCI_FLAKY_READ")


@unittest.skipIf(FLAKY is None, "no library to preload (sanitizers)")
class Transient(RunsOfASample):
    def test_blocks_that_are_spoilt_once_are_read_again(self):
        must("run", self.job, "--quiet", "--set", f"output.path={self.work}/sound")
        for name, how in (("soc.tif", "flip"), ("precipitation.tif", "flip"), ("npp.tif", "eio")):
            with self.subTest(file=name, how=how):
                log = self.work / f"{name}.{how}"
                out = self.work / f"out-{name}"
                done = subprocess.run(
                    [CNCI, "run", self.job, "--set", f"output.path={out}", "--set", "grid.tile=64"],
                    env=dict(os.environ, **MPI_ENV, LD_PRELOAD=FLAKY, CNCI_FLAKY_FILE=f"/{name}",
                             CNCI_FLAKY_HOW=how, CNCI_FLAKY_LOG=str(log)),
                    capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertGreater(log.stat().st_size, 0, "nothing was spoilt")
                self.assertEqual(output_digest(out), output_digest(self.work / "sound"))


if __name__ == "__main__":
    main()
