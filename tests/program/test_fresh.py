#!/usr/bin/python3
"""Starting over: once, after a look, killed on its way."""

import contextlib
import os
import re
import shlex
import shutil
import sys
import unittest

from support import SOURCE, RunsOfASample, main, must, output_digest, provenance, run, small_sample

sys.path.insert(0, str(SOURCE / "tests/faults"))

from checks import check_kept  # noqa: E402
from disk import tmpfs  # noqa: E402
from harness import Job, Live, tile_files  # noqa: E402


class Fresh(RunsOfASample):
    def test_a_job_that_is_repeated_starts_over_once(self):
        must("run", self.job, "--set", f"output.path={self.out}", "--set", "silicate.cc=1")
        first = provenance(self.out)
        command = ("--fresh-once", "job 7", "--keep-tiles")
        self.assertEqual(self.run_job(*command).code, 0)
        before = tile_files(self.out)
        self.assertNotEqual(provenance(self.out)["identity"], first["identity"])
        result = self.run_job(*command)
        self.assertIn("complete: ", result.err)
        for path in self.out.glob("[!.]*"):  # as a kill before the publication leaves it
            path.unlink()
        result = self.run_job(*command)
        self.assertEqual(result.code, 0, result)
        self.assertIn("resuming: ", result.err)
        check_kept(before, self.out)
        self.assertEqual(self.run_job("--fresh-once", "").code, 2)
        self.assertEqual(self.run_job("--fresh-once", "job 8", "--keep-tiles").code, 0)
        after = tile_files(self.out)
        self.assertEqual([name for name in before if after[name] == before[name]], [])

    def test_a_job_that_has_changed_since_is_begun_anew(self):
        command = ("--fresh-once", "job 7", "--keep-tiles")
        self.assertEqual(self.run_job(*command).code, 0)
        changed = (*command, "--set", "silicate.cc=1")
        result = self.run_job(*changed)
        self.assertEqual(result.code, 0, result)
        self.assertNotIn("complete: ", result.err)
        self.assertIn("starting over once more: ", result.err)
        self.assertIn("silicate.cc was 0.5, is 1", result.err)
        self.assertIn("complete: ", self.run_job(*changed).err)
        for path in self.out.glob("[!.]*"):
            path.unlink()
        self.assertIn("resuming: ", self.run_job(*changed).err)
        both = self.run_job("--fresh", "--fresh-once", "job 7")
        self.assertEqual(both.code, 2, both)
        self.assertIn("give one of them", both.err)

    def test_a_folder_in_the_place_of_a_result_stops_a_start_over_before_it_clears(self):
        must("run", self.job, "--set", f"output.path={self.out}")
        (self.out / "zones.gpkg").unlink()
        (self.out / "zones.gpkg").mkdir()
        before = sorted(path.name for path in self.out.iterdir())
        for command in ("check", "run"):
            result = run(command, self.job, "--set", f"output.path={self.out}",
                         *(("--fresh",) if command == "run" else ()))
            self.assertEqual(result.code, 1, result)
            self.assertIn(f"{self.out}/zones.gpkg", result.err)
        self.assertEqual(sorted(path.name for path in self.out.iterdir()), before)

    @unittest.skipIf(os.geteuid() != 0, "only root can mount a small disk")
    def test_a_start_over_needs_room_without_what_is_there(self):
        with tmpfs(self.work / "disk", 6) as disk:
            must("run", self.job, "--keep-tiles", "--set", f"output.path={disk}/out")
            digest = output_digest(disk / "out")
            result = self.run_job("--fresh", "--set", "grid.resolution=1/1800", "--set",
                                  "grid.tile=2048", out=disk / "out")
            self.assertEqual(result.code, 1, result)
            self.assertIn("MB are free without what is there now", result.err)
            self.assertEqual(output_digest(disk / "out"), digest)
            self.assertEqual(self.run_job("--fresh", out=disk / "out").code, 0)

    def fine_job(self):
        return Job("fine", self.job, self.work, "grid.resolution=1/1800", "grid.tile=128")

    @unittest.skipIf(os.geteuid() != 0, "only root can mount a small disk")
    def test_a_start_over_that_fails_says_how_to_go_on(self):
        with tmpfs(self.work / "disk", 40) as disk:
            out = disk / "out"
            with Live(self.fine_job(), out, "--fresh") as live:
                live.wait_for_tiles(3)
                with contextlib.suppress(OSError), open(disk / "ballast", "wb", buffering=0) as file:
                    while True:
                        file.write(bytes(1 << 16))
                self.assertEqual(live.end(120), 1, live.text())
                said = live.text()
            self.assertIn("the finished ones are kept", said)
            command = re.search(r"go on: (cnci run .*)", said).group(1)
            self.assertNotIn("--fresh", command)
            kept = tile_files(out)
            self.assertGreaterEqual(len(kept), 3)
            (disk / "ballast").unlink()
            result = run(*shlex.split(command)[1:])
            self.assertEqual(result.code, 0, result)
            self.assertIn(f"resuming: {len(kept)} of ", result.err)

    def test_a_start_over_that_fails_behind_its_tiles_says_that_they_are_kept(self):
        with Live(self.fine_job(), self.out, "--fresh") as live:
            live.wait_for_tiles(1)
            (self.out / "zones.gpkg-wal").write_bytes(b"x" * 100)
            self.assertEqual(live.end(120), 1, live.text())
            said = live.text()
        tiles = len(tile_files(self.out))
        self.assertIn(f"{tiles} of {tiles} tiles are finished and kept, 0 are left; this goes on with "
                      "them: cnci run ", said)
        self.assertNotIn("--fresh", said[said.index("this goes on"):])

    def test_a_start_over_looks_before_it_clears(self):
        link = self.work / "linked"
        must("run", self.job, "--set", f"output.path={link}")
        (link / "zones.gpkg").unlink()
        (link / "zones.gpkg").symlink_to(small_sample() / "counties.gpkg")
        before = sorted(path.name for path in link.iterdir())
        result = self.run_job("--fresh", "--set", f"zones.path={link}/zones.gpkg", out=link)
        self.assertEqual(result.code, 1, result)
        self.assertIn("is an input of the job", result.err)
        self.assertEqual(sorted(path.name for path in link.iterdir()), before)

    def test_starting_over_can_be_killed(self):
        must("run", self.job, "--set", f"output.path={self.out}")
        digest = output_digest(self.out)
        names = [entry["name"] for entry in provenance(self.out)["results"]]
        # The tiles go first, then the results in the order of the list, then the mark.
        for gone in (0, 1, len(names)):
            with self.subTest(gone=gone):
                out = self.work / f"out-{gone}"
                shutil.copytree(self.out, out)
                for name in names[:gone]:
                    (out / name).unlink()
                if gone > 0:
                    self.assertEqual(self.run_job(out=out).code, 1)
                result = self.run_job("--fresh", out=out)
                self.assertEqual(result.code, 0, result)
                self.assertEqual(output_digest(out), digest)


if __name__ == "__main__":
    main()
