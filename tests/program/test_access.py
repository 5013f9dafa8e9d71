#!/usr/bin/python3
"""What the system does not let a run read or write: it is said, and nothing that is sound goes."""

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from support import CNCI, MPI_ENV, SOURCE, Folder, Result, main, output_digest, small_sample

sys.path.insert(0, str(SOURCE / "tests/faults"))

from harness import tile_files  # noqa: E402

# Root may read everything: it runs the program as another user.
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}


class Access(unittest.TestCase):
    def setUp(self):
        folder = Folder()
        self.work = folder.__enter__()
        self.addCleanup(folder.__exit__)
        self.addCleanup(self.allow_all)
        os.chmod(self.work, 0o755)
        shutil.copy(CNCI, self.work / "cnci")
        shutil.copytree(small_sample(), self.work / "small")
        for path in (self.work / "cnci", self.work / "small", *(self.work / "small").iterdir()):
            os.chmod(path, path.stat().st_mode | (0o555 if path.name in ("cnci", "small") else 0o444))
        for folder in self.work.parents:
            if NOBODY and not folder.stat().st_mode & 0o001:
                self.skipTest(f"{folder} is closed to other users; set TMPDIR")
        self.mine = self.work / "mine"
        self.mine.mkdir()
        self.out = self.mine / "out"
        self.give()

    def give(self):
        """To the user who runs the program."""
        if NOBODY:
            for path in (self.mine, *self.mine.rglob("*")):
                os.chown(path, NOBODY["user"], NOBODY["group"], follow_symlinks=False)

    def allow_all(self):
        for path in (self.out, *self.out.glob(".*")):
            if path.exists():
                os.chmod(path, 0o755)

    def cnci(self, command, *extra):
        return Result(subprocess.run(
            [self.work / "cnci", command, self.work / "small/job.ini", "--set",
             f"output.path={self.out}", "--set", "grid.tile=64", *extra],
            env=dict(os.environ, **MPI_ENV, HOME=str(self.mine), TMPDIR=str(self.mine)),
            capture_output=True, encoding="utf-8", timeout=300, check=False, **NOBODY))

    def finish(self, *extra):
        result = self.cnci("run", "--keep-tiles", *extra)
        self.assertEqual(result.code, 0, result)

    def forget_results(self):
        for path in self.out.glob("[!.]*"):
            path.unlink()

    def refused(self, *says, check=1, extra=()):
        """By `run`, and by `check` where that looks as deep."""
        if "--fresh" not in extra:
            self.assertEqual(self.cnci("check").code, check)
        result = self.cnci("run", *extra)
        self.assertEqual(result.code, 1, result)
        for text in says:
            self.assertIn(str(text), result.err)
        return result

    def test_a_tile_that_cannot_be_read_is_kept(self):
        self.finish()
        self.forget_results()
        before = tile_files(self.out)
        tile = self.out / ".tiles" / sorted(before)[1]
        os.chmod(tile, 0)
        self.refused(tile, "may be sound and is kept", check=0)
        self.assertEqual(tile_files(self.out), before)
        os.chmod(tile, 0o644)
        result = self.cnci("run", "--keep-tiles")
        self.assertIn(f"resuming: {len(before)} of {len(before)}", result.err)
        self.assertEqual(tile_files(self.out), before)

    def test_a_tile_that_another_program_has_locked_is_used(self):
        self.finish()
        self.forget_results()
        before = tile_files(self.out)
        with open(self.out / ".tiles" / min(before), "rb") as tile:
            fcntl.flock(tile, fcntl.LOCK_EX)
            result = self.cnci("run", "--keep-tiles")
        self.assertEqual(result.code, 0, result)
        self.assertIn(f"resuming: {len(before)} of {len(before)}", result.err)
        self.assertNotIn("warning", result.err)
        self.assertEqual(tile_files(self.out), before)

    def test_whose_tiles_they_are_cannot_be_read(self):
        self.finish("--fresh-once", "x")
        self.forget_results()
        before = tile_files(self.out)
        for name, asked in (("identity.json", ((), ("--fresh-once", "x"))),
                            (".started_over", (("--fresh-once", "x"),))):
            file = self.out / ".tiles" / name
            os.chmod(file, 0)
            for extra in asked:
                result = self.refused(file, "cannot be read", extra=extra,
                                      check=1 if () in asked else 0)
                self.assertNotIn("--fresh", result.err)
                self.assertEqual(tile_files(self.out), before)
            os.chmod(file, 0o644)

    def test_a_store_that_cannot_be_listed_stays_with_its_results(self):
        self.finish("--set", "silicate.cc=1")
        digest = output_digest(self.out)
        for mode in (0o300, 0o500):
            os.chmod(self.out / ".tiles", mode)
            for extra in ((), ("--fresh",)):
                self.refused(self.out / ".tiles", "choose another output.path", extra=extra)
                self.assertEqual(output_digest(self.out), digest)
        os.chmod(self.out / ".tiles", 0o755)
        self.assertEqual(self.cnci("run", "--fresh").code, 0)

    def test_a_folder_that_cannot_be_listed_gets_no_results(self):
        self.out.mkdir()
        self.give()
        os.chmod(self.out, 0o300)
        self.refused(self.out, "read and write")
        os.chmod(self.out, 0o755)
        self.assertEqual(list(self.out.iterdir()), [])

    def test_a_lock_of_another_user_is_said_before(self):
        self.out.mkdir()
        (self.out / ".lock").touch()
        self.give()
        os.chmod(self.out / ".lock", 0)
        self.refused(self.out / ".lock", "remove it")
        self.assertEqual(sorted(path.name for path in pathlib.Path(self.out).iterdir()), [".lock"])


if __name__ == "__main__":
    main()
