#!/usr/bin/python3
"""The coverage of cells by zones is kept from run to run: used where it is right, never believed where
not, never missed, and always the same bits."""

import os
import shutil
import subprocess
import sys
import unittest

from osgeo import ogr

from support import (CNCI, MPI_ENV, SOURCE, Result, RunsOfASample, main, output_digest, provenance, run,
                     small_sample)

sys.path.insert(0, str(SOURCE / "tests/faults"))

from disk import tmpfs  # noqa: E402

ogr.UseExceptions()
# The extent does not follow the zones, so that only these change where they do. Emissions are shared by
# zoned parts over windows of their own.
SETTINGS = ("--set", "grid.tile=64", "--set", "grid.extent=106.2,26.2,107.2,27", "--set",
               "layer.emissions.distribute=zoned")
GOES_ON = "the run goes on without"


def kept_files(out):
    """Inode and time of every file that keeps the coverage of a window."""
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns)
            for path in (out / ".cache").glob("coverage_*/window_*.bin")}


def copy_zones(path, move=0.0):
    """Writes the counties under another name, so many degrees east of where they are."""
    source = ogr.Open(str(small_sample() / "counties.gpkg"))
    layer = source.GetLayer(0)
    made = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    to = made.CreateLayer("counties", layer.GetSpatialRef(), ogr.wkbMultiPolygon)
    for field in layer.schema:
        to.CreateField(field)
    for feature in layer:
        copy = ogr.Feature(to.GetLayerDefn())
        copy.SetFrom(feature)
        geometry = ogr.ForceToMultiPolygon(feature.GetGeometryRef().Clone())
        for ring in (ring for polygon in geometry for ring in polygon):
            for i in range(ring.GetPointCount()):
                ring.SetPoint_2D(i, ring.GetX(i) + move, ring.GetY(i))
        copy.SetGeometry(geometry)
        to.CreateFeature(copy)
    return path


class CoverageCache(RunsOfASample):
    def compute(self, *extra, out=None, says=None, **how):
        """Runs the job from its start; returns how many of its tiles had their coverage from the cache,
        and how many tiles there are."""
        result = self.run_job("--fresh", *SETTINGS, *extra, out=out, **how)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(result.err.count(GOES_ON), 1 if says else 0, result)
        if says:
            self.assertIn(f"warning: {says}", result.err)
        made = provenance(out or self.out)
        self.assertGreater(made["tiles"], 3)
        return made["tiles_of_kept_coverage"], made["tiles"]

    def computed_without(self, *extra):
        """The results where nothing can be kept."""
        out = self.work / "without"
        out.mkdir()
        (out / ".cache").write_text("mine", encoding="utf-8")
        self.assertEqual(self.compute(*extra, out=out, says=f"{out}/.cache: is no folder")[0], 0)
        self.assertEqual((out / ".cache").read_text(encoding="utf-8"), "mine")
        return output_digest(out)

    def test_a_job_that_is_repeated_cuts_no_zone_again(self):
        digest = self.computed_without()
        kept, tiles = self.compute()
        self.assertEqual(kept, 0)
        self.assertEqual(output_digest(self.out), digest)
        files = kept_files(self.out)
        self.assertEqual(len(files), tiles)  # each with what its emissions are shared by around it
        self.assertEqual(sorted(path.name for path in self.out.glob(".*")), [".cache"])
        for how in ({}, {"ranks": 2}, {"ranks": 1}):
            threads = ("--threads", "1" if "ranks" in how else "3")
            self.assertEqual(self.compute(*threads, **how), (tiles, tiles))
            self.assertEqual(output_digest(self.out), digest)
            self.assertEqual(kept_files(self.out), files)

    def test_ranks_and_threads_keep_the_same(self):
        self.compute()
        alone = {path.name: path.read_bytes() for path in kept_files(self.out)}
        digest = output_digest(self.out)
        other = self.work / "other"
        kept, _ = self.compute("--threads", "2", out=other, ranks=2)
        self.assertEqual(kept, 0)
        self.assertEqual({path.name: path.read_bytes() for path in kept_files(other)}, alone)
        self.assertEqual(output_digest(other), digest)
        self.assertEqual(list((other / ".cache").glob("coverage_*/.*")), [])

    def test_what_is_damaged_is_computed_anew(self):
        _, tiles = self.compute()
        digest = output_digest(self.out)
        sound = {path: path.read_bytes() for path in kept_files(self.out)}

        def in_place_of(path, make):
            path.unlink()
            make(path)

        for number, damage in enumerate((
                lambda path: path.write_bytes(path.read_bytes()[:-1]),
                lambda path: path.write_bytes(b""),
                lambda path: path.write_bytes(bytes(path.stat().st_size)),
                lambda path: path.write_bytes(path.read_bytes() + b"\0"),
                lambda path: path.write_bytes(path.read_bytes()[:-4] + b"\1\1\1\1"),
                lambda path: path.write_bytes(b"\xff" * path.stat().st_size),
                lambda path: in_place_of(path, os.mkfifo),
                lambda path: in_place_of(path, lambda it: it.symlink_to("/dev/zero")))):
            with self.subTest(damage=number):
                for path in sound:
                    damage(path)
                self.assertEqual(self.compute(ranks=(None, 2)[number % 2])[0], 0)
                self.assertEqual(output_digest(self.out), digest)
                self.assertEqual({path: path.read_bytes() for path in kept_files(self.out)}, sound)
        # Those of another window, one for all.
        names = sorted(sound)
        for path in names[1:]:
            shutil.copy(names[0], path)
        self.assertLess(self.compute()[0], 2)
        self.assertEqual(output_digest(self.out), digest)
        self.assertEqual(self.compute(), (tiles, tiles))

    def test_it_is_of_the_shapes_whatever_file_they_are_in(self):
        _, tiles = self.compute()
        files = kept_files(self.out)
        same = copy_zones(self.work / "same.gpkg")
        self.assertEqual(self.compute("--set", f"zones.path={same}"), (tiles, tiles))
        self.assertEqual(kept_files(self.out), files)
        moved = copy_zones(self.work / "moved.gpkg", move=0.01)
        for changes in (("--set", f"zones.path={moved}"), ("--set", "grid.resolution=1/600"),
                        ("--set", "grid.extent=106.2,26.2,107.2,26.9"), ("--set", "grid.tile=32")):
            with self.subTest(changes):
                before = kept_files(self.out)
                self.assertEqual(self.compute(*changes)[0], 0)
                shutil.rmtree(self.work / "without", ignore_errors=True)
                self.assertEqual(output_digest(self.out), self.computed_without(*changes))
                # One job's coverage is kept, that of the last.
                self.assertEqual([path for path in before if path.exists()], [])
                self.assertEqual(len(list((self.out / ".cache").iterdir())), 1)
                kept, tiles = self.compute(*changes)
                self.assertEqual(kept, tiles)

    def test_what_others_have_put_there_stays(self):
        self.compute()
        cache = self.out / ".cache"
        own = next(cache.glob("coverage_*"))
        (cache / "coverage_of_mine").mkdir()
        old = cache / f"coverage_{'0' * 32}"
        old.mkdir()
        mine = [cache / "notes.txt", cache / "coverage_of_mine/window_1.bin", old / "map.png"]
        theirs = [old / "window_0_0_64_64.bin", old / ".window_0_0_64_64.bin.host.17.tmp",
                  own / ".window_0_0_64_64.bin.host.17.tmp"]
        for path in mine + theirs:
            path.write_text("x", encoding="utf-8")
        self.compute()
        self.assertEqual([path for path in mine if not path.exists()], [])
        self.assertEqual([path for path in theirs if path.exists()], [])

    def test_an_input_may_lie_beside_it_but_not_in_it(self):
        cache = self.out / ".cache"
        for folder, code in ((cache, 0), (cache / f"coverage_{'0' * 32}", 1)):
            folder.mkdir(parents=True, exist_ok=True)
            zones = copy_zones(folder / "counties.gpkg")
            result = self.run_job("--fresh", "--set", f"zones.path={zones}")
            self.assertEqual(result.code, code, result)
            self.assertEqual("is an input of the job" in result.err, code == 1, result)
            self.assertTrue(zones.exists())

    def test_a_run_that_goes_on_uses_it(self):
        self.compute("--keep-tiles")
        digest = output_digest(self.out)
        for path in self.out.glob("[!.]*"):
            path.unlink()
        tiles = sorted((self.out / ".tiles").glob("tile_*.h5"))
        for path in tiles[::2]:
            path.unlink()
        result = self.run_job(*SETTINGS, ranks=2)
        self.assertEqual(result.code, 0, result)
        made = provenance(self.out)
        self.assertEqual(made["tiles_resumed"], len(tiles[1::2]))
        self.assertEqual(made["tiles_of_kept_coverage"], len(tiles[::2]))
        self.assertEqual(output_digest(self.out), digest)

    def test_check_leaves_it_alone(self):
        check = ("check", self.job, "--set", f"output.path={self.out}", *SETTINGS)
        said = run(*check)
        self.assertEqual(said.code, 0, said)
        self.assertFalse(self.out.exists())
        self.compute()
        files = kept_files(self.out)
        first = next(iter(files))
        first.write_bytes(b"damaged")
        for path in self.out.glob("[!.]*"):
            path.unlink()
        mass = [line for line in said.out.splitlines() if line.startswith("mass")]
        again = run(*check)
        self.assertEqual(again.code, 0, again)
        self.assertGreater(len(mass), 0)
        self.assertEqual([line for line in again.out.splitlines() if line.startswith("mass")], mass)
        self.assertEqual(first.read_bytes(), b"damaged")

    def test_no_link_is_followed(self):
        elsewhere = self.work / "elsewhere"
        elsewhere.mkdir()
        self.out.mkdir()
        (self.out / ".cache").symlink_to(elsewhere)
        self.compute(says=f"{self.out}/.cache: is a symbolic link", ranks=2)
        self.assertEqual(list(elsewhere.iterdir()), [])

    @unittest.skipIf(os.geteuid() != 0, "only root can mount a small disk")
    def test_a_full_disk_under_it_does_not_matter(self):
        self.compute()
        digest = output_digest(self.out)
        shutil.rmtree(self.out)
        self.out.mkdir()
        with tmpfs(self.out / ".cache", 1) as disk:
            (disk / "ballast").write_bytes(bytes((1 << 20) - (16 << 10)))
            for ranks in (None, 2):
                _, tiles = self.compute(ranks=ranks)
                self.assertLess(len(kept_files(self.out)), tiles)
                self.assertEqual(output_digest(self.out), digest)
                self.assertEqual(list(disk.glob("coverage_*/.*")), [])

    @unittest.skipIf(os.geteuid() != 0, "only root can give files away")
    def test_a_folder_that_may_only_be_read_is_used(self):
        """By another user, to whom everything else belongs."""
        for folder in self.work.parents:
            if not folder.stat().st_mode & 0o001:
                self.skipTest(f"{folder} is closed to other users; set TMPDIR")
        os.chmod(self.work, 0o755)
        shutil.copy(CNCI, self.work / "cnci")
        shutil.copytree(small_sample(), self.work / "small")
        subprocess.run(["chmod", "-R", "a+rX", self.work], check=True)
        _, tiles = self.compute()
        digest = output_digest(self.out)
        for path in (self.work, self.out):
            os.chown(path, 65534, 65534)
        for path in self.out.glob("[!.]*"):
            path.unlink()
        cache = self.out / ".cache"
        own = next(cache.glob("coverage_*"))
        for kept in (tiles, 0):
            result = Result(subprocess.run(
                [self.work / "cnci", "run", self.work / "small/job.ini", "--set",
                 f"output.path={self.out}", *SETTINGS, "--fresh"],
                env=dict(os.environ, **MPI_ENV, HOME=str(self.work), TMPDIR=str(self.work)),
                capture_output=True, encoding="utf-8", timeout=300, check=False, user=65534, group=65534,
                extra_groups=[]))
            self.assertEqual(result.code, 0, result)
            self.assertEqual(result.err.count(GOES_ON), 1, result)
            self.assertEqual(provenance(self.out)["tiles_of_kept_coverage"], kept)
            self.assertEqual(output_digest(self.out), digest)
            self.assertIn("Permission denied", result.err)
            os.chmod(own, 0)  # not even read


if __name__ == "__main__":
    main()
