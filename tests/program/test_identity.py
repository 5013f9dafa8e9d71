#!/usr/bin/python3
"""What a resume accepts and what it refuses: an interrupted run of the small sample, gone on with under
a key, an input or a circumstance that is not as it was."""

import os
import shutil
import signal
import sqlite3
import sys

from support import SOURCE, Folder, main, output_digest, provenance, run, small_sample

sys.path.insert(0, str(SOURCE / "tests/faults"))

from checks import check_kept, check_results  # noqa: E402
from harness import Job, Live, Reference, tile_files  # noqa: E402
from kills import SINGLE  # noqa: E402
from sample_case import SampleCase  # noqa: E402

# One key of every section that can change a number or the layout of tiles and chunks; its new value.
KEYS = {
    "grid.resolution": "1/500",
    "grid.tile": "100",
    "output.chunk": "64",
    "output.significant_bits": "20",
    "output.variables": "ccsf,nep",
    "silicate.cc": "1",
    "layer.temperature.outside": "clamp",
    "layer.soc.scale": "0.2",
    "years": "2018",
}


class Identity(SampleCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()
        work = cls.folder.__enter__()
        cls.addClassCleanup(cls.folder.__exit__)
        cls.sample = work / "inputs"
        shutil.copytree(small_sample(), cls.sample)
        cls.job = Job("identity", cls.sample / "job.ini", work, *SINGLE)
        cls.reference = Reference(cls.job)
        cls.partial = {}
        for name, extra in (("plain", ()), ("hashed", ("--hash-inputs",))):
            out = work / f"partial-{name}"
            with Live(cls.job, out, *extra, ranks=2) as live:
                live.wait_for_tiles(3)
                live.send_all(live.rank_pids(), signal.SIGKILL)
                live.end(10)
            assert not (out / "run.json").exists()
            cls.partial[name] = out

    def again(self, *extra, partial="plain", **how):
        """Goes on in a copy of the interrupted output."""
        out = self.work / "out"
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(self.partial[partial], out)  # with times
        before = tile_files(out)
        with Live(self.job, out, "--keep-tiles", *extra, **how) as live:
            code = live.end(120)
            return out, before, code, live.text()

    def refused(self, named, *extra, partial="plain"):
        out, before, code, text = self.again(*extra, partial=partial)
        self.assertEqual(code, 1, text)
        self.assertIn(named, text)
        self.assertIn("--fresh", text)
        check_kept(before, out)
        self.assertFalse((out / "run.json").exists())

    def accepted(self, *extra, partial="plain", **how):
        out, before, code, text = self.again(*extra, partial=partial, **how)
        self.assertEqual(code, 0, text)
        self.assertIn(f"resuming: {len(before)} of", text)
        check_kept(before, out)
        check_results(out, self.reference)

    def test_every_key_that_can_change_a_result_is_refused_by_its_name(self):
        for key, value in KEYS.items():
            with self.subTest(key):
                self.refused(key, "--set", f"{key}={value}")

    def test_what_cannot_change_a_result_is_accepted(self):
        for extra, how in (((), {"ranks": 3}), (("--quiet",), {}), ((), {"threads": 3}),
                           (("--set", "name=other"), {}), (("--patience", "7"), {"ranks": 1})):
            with self.subTest(f"{extra} {how}"):
                if "--quiet" in extra:
                    out, before, code, text = self.again(*extra, **how)
                    self.assertEqual(code, 0, text)
                    check_kept(before, out)
                    check_results(out, self.reference)
                else:
                    self.accepted(*extra, **how)

    def test_every_input_is_bound(self):
        inputs = [path for path in sorted(self.sample.iterdir())
                  if path.is_file() and path.name not in ("job.ini", "emissions_2018.nc")
                  and path.suffix in (".tif", ".nc", ".gpkg", ".csv")]
        self.assertGreaterEqual(len(inputs), 10)
        for path in inputs:
            with self.subTest(path.name):
                stat = path.stat()
                os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
                try:
                    self.refused(str(path))
                finally:
                    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        self.accepted()

    def test_a_part_that_only_the_file_names_is_bound(self):
        from osgeo import gdal

        sample = self.work / "parts"
        shutil.copytree(self.sample, sample)
        gdal.GetDriverByName("HFA").CreateCopy(str(sample / "before.img"),
                                               gdal.Open(str(sample / "temperature.tif")),
                                               options=["USE_SPILL=YES"]).FlushCache()
        (sample / "before.img").rename(sample / "after.img")
        values = sample / "before.ige"
        self.assertTrue(values.exists())
        command = ("run", sample / "job.ini", "--set", f"layer.temperature.path={sample}/after.img",
                   "--set", f"output.path={self.work}/parts-out")
        self.assertEqual(run(*command).code, 0)
        listed = [entry["path"] for entry in provenance(self.work / "parts-out")["inputs"]]
        self.assertIn(str(values), listed)
        stat = values.stat()
        os.utime(values, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
        again = run(*command)
        self.assertEqual(again.code, 1, again)
        self.assertIn(f"file {values} was", again.err)

    def test_overviews_of_what_a_vrt_reads_are_bound(self):
        from osgeo import gdal

        gdal.UseExceptions()
        sample = self.work / "inputs"
        shutil.copytree(self.sample, sample)
        mosaic = sample / "soc.vrt"
        gdal.BuildVRT(str(mosaic), [str(sample / "soc.tif")], resolution="user", xRes=1 / 60,
                      yRes=1 / 60, resampleAlg="average")
        command = ("run", sample / "job.ini", "--set", f"layer.soc.path={mosaic}", "--set",
                   f"output.path={self.work}/out")
        self.assertEqual(run(*command).code, 0)
        raster = gdal.Open(str(sample / "soc.tif"))
        raster.BuildOverviews("NEAREST", [2])
        del raster
        self.assertTrue((sample / "soc.tif.ovr").exists())
        result = run(*command)
        self.assertEqual(result.code, 1, result)
        self.assertIn("soc.tif.ovr", result.err)
        # Of a file that is read at its own resolution they are not.
        result = run(*command[:2], "--set", f"output.path={self.work}/plain")
        self.assertEqual(result.code, 0, result)
        (sample / "soc.tif.ovr").unlink()
        result = run(*command[:2], "--set", f"output.path={self.work}/plain")
        self.assertIn("complete: ", result.err)

    def test_content_of_the_same_size_and_time_is_seen_with_hash_inputs(self):
        path = self.sample / "population.csv"
        stat, text = path.stat(), path.read_bytes()
        digit = next(i for i in range(len(text) - 1, 0, -1) if text[i:i + 1].isdigit())
        path.write_bytes(text[:digit] + (b"1" if text[digit:digit + 1] != b"1" else b"2") +
                         text[digit + 1:])
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        try:
            self.refused(str(path), "--hash-inputs", partial="hashed")
        finally:
            path.write_bytes(text)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        out, before, code, text = self.again("--hash-inputs", partial="hashed")
        self.assertEqual(code, 0, text)
        check_kept(before, out)
        # run.json holds the hashes, and is not the reference's.
        self.assertEqual(output_digest(out), output_digest(self.reference.out))

    def test_an_input_exchanged_while_the_job_is_prepared_is_noticed(self):
        path = self.sample / "counties.gpkg"
        saved, other = self.work / "saved", self.work / "other"
        shutil.copy2(path, saved)
        shutil.copy2(path, other)
        base = sqlite3.connect(other)
        base.create_function("ST_IsEmpty", 1, lambda _: 0)
        for name in ("MinX", "MaxX", "MinY", "MaxY"):
            base.create_function(f"ST_{name}", 1, lambda _: 0.0)
        codes = [row[0] for row in base.execute("SELECT Code_County FROM counties LIMIT 2")]
        base.execute("UPDATE counties SET Code_County = CASE Code_County WHEN ? THEN ? ELSE ? END "
                     "WHERE Code_County IN (?, ?)", (codes[0], codes[1], codes[0], *codes))
        base.commit()
        base.close()
        tables = {}
        for name, file in (("before", saved), ("after", other)):
            shutil.copy2(file, path)
            out = self.work / name
            self.assertEqual(run(*self.job.command(out)[1:]).code, 0)
            tables[name] = (out / "zones.csv").read_bytes()
        self.assertNotEqual(tables["before"], tables["after"])
        seconds = self.reference.seconds["prepare"]
        seen = set()
        for step in range(12):
            with self.subTest(step=step):
                shutil.copy2(saved, path)
                fresh = self.work / "fresh"
                shutil.copy2(other, fresh)
                out = self.work / f"out-{step}"
                with Live(self.job, out) as live:
                    live.wait_for_phase("prepare")
                    live.pause(seconds * step / 10)
                    fresh.rename(path)
                    code = live.end(60)
                    text = live.text()
                if code == 0:  # all of it was read before, or all after
                    files = {f["path"]: f["bytes"] for f in provenance(out)["inputs"]}
                    self.assertIn(str(path), files)
                    self.assertIn((out / "zones.csv").read_bytes(), tables.values())
                    # The same command now: what was computed from the other file is not "complete".
                    again = run(*self.job.command(out)[1:])
                    late = (out / "zones.csv").read_bytes() == tables["before"]
                    self.assertEqual(again.code, 1 if late else 0, again)
                else:
                    self.assertIn(str(path), text)
                seen.add(code)
        self.assertIn(1, seen)
        shutil.copy2(saved, path)

    def test_fresh_starts_over(self):
        out, before, code, text = self.again("--fresh", "--set", "name=fresh")
        self.assertEqual(code, 0, text)
        after = tile_files(out)
        self.assertEqual([name for name in before if after[name] == before[name]], [])
        check_results(out, self.reference)

    def test_a_complete_output_is_swept_of_what_a_killed_publication_left(self):
        out = self.work / "out"
        with Live(self.job, out) as live:
            self.assertEqual(live.end(120), 0, live.text())
        (out / ".unfinished").mkdir()
        (out / ".unfinished/cube.nc").write_bytes(b"half")
        shutil.copytree(self.partial["plain"] / ".tiles", out / ".tiles")
        result = run(*self.job.command(out)[1:])
        self.assertEqual(result.code, 0, result)
        self.assertIn("complete", result.err)
        self.assertEqual([path.name for path in out.glob(".*")], [".cache"])
        check_results(out, self.reference)


if __name__ == "__main__":
    main()
