#!/usr/bin/python3
"""Runs that are killed or stopped in mid-run go on to the same bits and lose no finished tile."""

import os
import signal
import subprocess
import time
import unittest

from support import CNCI, MPI_ENV, Folder, cube_digest, main, must, small_sample, table_digest


class Interrupted(unittest.TestCase):
    """Runs that are ended in mid-run, after their first tile; the same command goes on."""

    SLOW = ["--set", "grid.resolution=1/600", "--set", "grid.tile=64"]

    def setUp(self):
        self.folder = Folder()
        self.work = self.folder.__enter__()
        self.job = small_sample() / "job.ini"

    def tearDown(self):
        self.folder.__exit__()

    def command(self, out):
        return ["run", str(self.job), *self.SLOW, "--set", f"output.path={out}"]

    def digests(self, out):
        return table_digest(out), cube_digest(out / "cube.nc")

    def start(self, out, ranks=None):
        """Starts a run and waits for its first finished tile."""
        command = [CNCI, *self.command(out)]
        if ranks:
            command = ["mpirun", "-n", str(ranks), "--bind-to", "none", *command]
        process = subprocess.Popen(command, env=dict(os.environ, **MPI_ENV), text=True,
                                   stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not list(out.glob(".tiles/tile_*.h5")):
            self.assertIsNone(process.poll(), "the run ended before it could be interrupted")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.002)
        return process

    def test_killed_and_stopped_runs_go_on_to_the_same_bits(self):
        must(*self.command(self.work / "whole"))
        want = self.digests(self.work / "whole")
        for sig, code in ((signal.SIGKILL, -9), (signal.SIGTERM, 75), (signal.SIGUSR1, 75)):
            out = self.work / sig.name
            process = self.start(out)
            process.send_signal(sig)
            _, text = process.communicate(timeout=120)
            self.assertEqual(process.returncode, code, text)
            self.assertFalse((out / "run.json").exists())
            self.assertFalse((out / "cube.nc").exists())
            again = must(*self.command(out))
            self.assertIn("resuming", again.err)
            self.assertEqual(self.digests(out), want)

    def test_a_killed_rank_ends_the_run_and_loses_only_tiles_in_flight(self):
        must(*self.command(self.work / "whole"))
        want = self.digests(self.work / "whole")
        out = self.work / "ranks"
        process = self.start(out, ranks=3)
        ranks = subprocess.run(["pgrep", "-f", f"cnci run .*{out}"], capture_output=True, text=True,
                               check=True).stdout.split()
        victims = [int(p) for p in ranks if int(p) != process.pid]
        self.assertGreaterEqual(len(victims), 3)
        os.kill(victims[-1], signal.SIGKILL)
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        kept = {p.name: p.stat().st_mtime_ns for p in out.glob(".tiles/tile_*.h5")}
        self.assertGreater(len(kept), 0)
        must(*self.command(out), "--keep-tiles", ranks=2)
        after = {p.name: p.stat().st_mtime_ns for p in out.glob(".tiles/tile_*.h5")}
        self.assertEqual({name: after[name] for name in kept}, kept)
        self.assertEqual(self.digests(out), want)


if __name__ == "__main__":
    main()
