#!/usr/bin/python3
"""The place where results go: other people's files there, results that nobody may write over any more,
a disk that holds a part of them already."""

import json
import os
import shutil
import signal
import subprocess
import sys

from osgeo import ogr
from support import SOURCE, RunsOfASample, main, must, output_digest, provenance, run, small_sample

sys.path.insert(0, str(SOURCE / "tests/faults"))

from checks import check_kept, check_results  # noqa: E402
from disk import mount, tmpfs  # noqa: E402
from harness import Job, Live, Reference, tile_files  # noqa: E402


class Output(RunsOfASample):
    def test_files_that_no_run_has_left_are_not_replaced(self):
        for name in ("zones.csv", "cube.nc", "run.json"):
            with self.subTest(name):
                shutil.rmtree(self.out, ignore_errors=True)
                self.out.mkdir()
                (self.out / name).write_text('{"program": "mine"}', encoding="utf-8")
                (self.out / "cube_of_mine.nc").write_text("mine", encoding="utf-8")
                for command in (("check",), ("run",), ("run", "--fresh")):
                    result = run(command[0], self.job, "--set", f"output.path={self.out}",
                                 *command[1:])
                    self.assertEqual(result.code, 1, result)
                    self.assertIn(str(self.out / name), result.err)
                    self.assertIn("choose another output.path", result.err)
                self.assertEqual(sorted(path.name for path in self.out.iterdir()),
                                 sorted({name, "cube_of_mine.nc"}))
                (self.out / name).unlink()
                result = self.run_job()
                self.assertEqual(result.code, 0, result)
                self.assertEqual((self.out / "cube_of_mine.nc").read_text(encoding="utf-8"), "mine")

    def test_an_input_is_not_replaced_by_a_result(self):
        sample = self.work / "inputs"
        shutil.copytree(small_sample(), sample)
        (sample / "counties.gpkg").rename(sample / "zones.gpkg")
        text = (sample / "job.ini").read_text(encoding="utf-8")
        job = sample / "job.ini"
        job.write_text(text.replace("counties.gpkg", "zones.gpkg"), encoding="utf-8")
        link = self.work / "link"
        link.symlink_to(sample)
        before = (sample / "zones.gpkg").read_bytes()
        for out in (sample, link):
            for command in ("check", "run"):
                result = run(command, job, "--set", f"output.path={out}")
                self.assertEqual(result.code, 1, result)
                self.assertIn("zones.gpkg is an input of the job", result.err)
        self.assertEqual((sample / "zones.gpkg").read_bytes(), before)

    def test_an_input_does_not_go_with_the_results_of_an_earlier_run(self):
        must("run", self.job, "--set", f"output.path={self.out}")
        before = (self.out / "cube.nc").read_bytes()
        other = ("--set", "output.files=yearly", "--set", f"layer.emissions.path={self.out}/cube.nc",
                 "--set", "layer.emissions.variable=ce", "--set", "layer.emissions.unit=t km-2")
        for command in (("check",), ("run", "--fresh")):
            result = run(command[0], self.job, "--set", f"output.path={self.out}", *other,
                         *command[1:])
            self.assertEqual(result.code, 1, result)
            self.assertIn("cube.nc is an input of the job", result.err)
        self.assertEqual((self.out / "cube.nc").read_bytes(), before)

    def test_an_input_beside_a_strange_mark_of_the_same_job_stays(self):
        sample = self.work / "inputs"
        shutil.copytree(small_sample(), sample)
        (sample / "counties.gpkg").rename(sample / "zones.gpkg")
        command = (sample / "job.ini", "--set", f"zones.path={sample}/zones.gpkg")
        must("run", *command, "--set", f"output.path={self.out}")
        shutil.copy(self.out / "run.json", sample)
        for extra in (("check",), ("run",), ("run", "--fresh")):
            result = run(extra[0], *command, "--set", f"output.path={sample}", *extra[1:])
            self.assertEqual(result.code, 1, result)
        self.assertTrue((sample / "zones.gpkg").exists())

    def test_early_years_have_cubes_like_others(self):
        sample = self.work / "inputs"
        shutil.copytree(small_sample(), sample)
        shutil.copy(sample / "emissions_2019.nc", sample / "emissions_850.nc")
        command = ("run", sample / "job.ini", "--set", f"output.path={self.out}", "--set", "years=850",
                   "--set", "output.files=yearly")
        must(*command)
        digest = output_digest(self.out)
        must(*command, "--fresh")
        must(*command, "--fresh", "--set", "silicate.cc=1")
        must(*command, "--fresh")
        self.assertEqual(output_digest(self.out), digest)

    def test_a_check_can_look_into_the_inputs_as_the_run_did(self):
        must("run", self.job, "--hash-inputs", "--set", f"output.path={self.out}")
        for extra, code in (((), 1), (("--hash-inputs",), 0)):
            result = run("check", self.job, "--set", f"output.path={self.out}", *extra)
            self.assertEqual(result.code, code, result)

    def test_what_a_run_would_refuse_is_said_before(self):
        must("run", self.job, "--set", f"output.path={self.out}", "--set", "silicate.cc=1")
        result = run("check", self.job, "--set", f"output.path={self.out}")
        self.assertEqual(result.code, 1, result)
        self.assertIn("silicate.cc", result.err)
        for name, act in ((".lock", lambda path: path.mkdir()),
                          (".lock", lambda path: path.symlink_to("x")),
                          (".tiles", lambda path: path.write_text("mine", encoding="utf-8")),
                          (".tiles", lambda path: path.symlink_to(self.work)),
                          (".unfinished", lambda path: path.write_text("mine", encoding="utf-8")),
                          (".unfinished/cube.nc", lambda path: path.mkdir(parents=True)),
                          (".tiles/identity.json", lambda path: path.mkdir(parents=True))):
            with self.subTest(name):
                out = self.work / "strange"
                shutil.rmtree(out, ignore_errors=True)
                out.mkdir()
                act(out / name)
                for extra in (("check",), ("run",), ("run", "--fresh")):
                    result = run(extra[0], self.job, "--set", f"output.path={out}", *extra[1:])
                    self.assertEqual(result.code, 1, result)
                    self.assertIn(str(out / name), result.err)
                    self.assertRegex(result.err, "(another|folder itself as) output.path")

    def test_a_file_beside_the_results_of_a_run_is_not_replaced(self):
        yearly = ("--set", "output.files=yearly")
        must("run", self.job, "--set", f"output.path={self.out}", "--set", "years=2018", *yearly)
        mine = self.out / "cube_2019.nc"
        mine.write_text("mine", encoding="utf-8")
        for command in ("check", "run"):
            result = run(command, self.job, "--set", f"output.path={self.out}", *yearly,
                         *(["--fresh"] if command == "run" else []))
            self.assertEqual(result.code, 1, result)
            self.assertIn(str(mine), result.err)
        self.assertEqual(mine.read_text(encoding="utf-8"), "mine")
        self.assertTrue((self.out / "cube_2018.nc").exists())

    def test_a_file_beside_the_tiles_of_a_stopped_run_is_not_replaced(self):
        must("run", self.job, "--keep-tiles", "--set", f"output.path={self.out}")
        for path in self.out.glob("[!.]*"):
            path.unlink()
        mine = self.out / "zones.csv"
        mine.write_text("mine", encoding="utf-8")
        for extra in ((), ("--fresh",)):
            result = self.run_job(*extra)
            self.assertEqual(result.code, 1, result)
            self.assertIn(str(mine), result.err)
        self.assertEqual(mine.read_text(encoding="utf-8"), "mine")
        mine.unlink()
        self.assertEqual(self.run_job().code, 0)

    def test_strange_files_where_a_run_keeps_its_own_stay(self):
        for name in (".tiles/map.png", ".tiles/maps/a.png", ".tiles/.mine", ".unfinished/notes.txt"):
            with self.subTest(name):
                shutil.rmtree(self.out, ignore_errors=True)
                path = self.out / name
                path.parent.mkdir(parents=True)
                path.write_text("mine", encoding="utf-8")
                for extra in ((), (), ("--fresh",)):
                    result = self.run_job(*extra)
                    self.assertEqual(result.code, 0, result)
                    if name.startswith(".tiles/m") and "complete: " not in result.err:
                        self.assertIn(str(self.out / "/".join(name.split("/")[:2])), result.err)
                self.assertEqual(path.read_text(encoding="utf-8"), "mine")
                self.assertEqual([p.name for p in path.parent.iterdir()], [path.name])
        self.assertEqual(sorted(p.name for p in self.out.glob(".*")), [".cache", ".unfinished"])

    def test_what_a_kill_leaves_among_a_runs_own_files_goes(self):
        must("run", self.job, "--keep-tiles", "--set", f"output.path={self.out}")
        left = (".unfinished/.zones.gpkg.host.17.tmp", ".unfinished/.zones.gpkg.host.17.tmp-journal",
                ".unfinished/zones.gpkg-journal", ".unfinished/cube.nc", ".tiles/.tile_1.h5.n.17.tmp",
                ".unfinished/.nfs000000000000001")
        for incomplete in (False, True):
            with self.subTest(incomplete=incomplete):
                for name in left:
                    (self.out / name).parent.mkdir(exist_ok=True)
                    (self.out / name).write_bytes(b"half")
                if incomplete:
                    for path in self.out.glob("[!.]*"):
                        path.unlink()
                result = self.run_job()
                self.assertEqual(result.code, 0, result)
                # The store of a complete output is not looked into.
                stays = [] if incomplete else [left[-2]]
                self.assertEqual([name for name in left if (self.out / name).exists()], stays)
                self.assertFalse((self.out / ".unfinished").exists())

    def test_a_file_that_has_the_name_of_the_lock_stays(self):
        self.out.mkdir()
        (self.out / ".lock").write_text("mine", encoding="utf-8")
        must("run", self.job, "--set", f"output.path={self.out}")
        self.assertEqual((self.out / ".lock").read_text(encoding="utf-8"), "mine")

    def half_published(self, out, moved):
        """As a kill leaves it after the first `moved` results have got their names."""
        shutil.copytree(self.out, out)
        names = [*(entry["name"] for entry in provenance(self.out)["results"]), "run.json"]
        (out / ".unfinished").mkdir()
        for name in names[moved:]:
            (out / name).rename(out / ".unfinished" / name)
        return names

    def test_a_half_made_publication_is_taken_back(self):
        must("run", self.job, "--keep-tiles", "--set", f"output.path={self.out}")
        digest = output_digest(self.out)
        count = len(provenance(self.out)["results"])
        for moved in (1, count - 1, count):
            for extra in ((), ("--fresh",)):
                with self.subTest(moved=moved, extra=extra):
                    out = self.work / "half"
                    shutil.rmtree(out, ignore_errors=True)
                    self.half_published(out, moved)
                    self.assertEqual(run("zones", out).code, 1)
                    result = self.run_job(*extra, out=out)
                    self.assertEqual(result.code, 0, result)
                    self.assertEqual(output_digest(out), digest)
        # Its cube is not taken for one of another job that follows.
        out = self.work / "other"
        self.half_published(out, count - 1)
        result = self.run_job("--fresh", "--set", "output.files=yearly", out=out)
        self.assertEqual(result.code, 0, result)
        self.assertFalse((out / "cube.nc").exists())
        # A file that has taken the place of one that was moved is not the run's.
        out = self.work / "instead"
        names = self.half_published(out, 2)
        (out / names[0]).write_text("mine", encoding="utf-8")
        for extra in ((), ("--fresh",)):
            result = self.run_job(*extra, out=out)
            self.assertEqual(result.code, 1, result)
            self.assertIn(str(out / names[0]), result.err)
        self.assertEqual((out / names[0]).read_text(encoding="utf-8"), "mine")
        # Nor is one that has come into a gap of it.
        out = self.work / "mine"
        names = self.half_published(out, 1)
        (out / names[1]).write_text("mine", encoding="utf-8")
        for extra in ((), ("--fresh",)):
            result = self.run_job(*extra, out=out)
            self.assertEqual(result.code, 1, result)
            self.assertIn(str(out / names[1]), result.err)
        self.assertEqual((out / names[1]).read_text(encoding="utf-8"), "mine")

    def test_what_a_publication_has_left_needs_no_room_again(self):
        must("run", self.job, "--set", f"output.path={self.out}")
        digest = output_digest(self.out)
        names = [entry["name"] for entry in provenance(self.out)["results"]]
        for moved in (0, 1, len(names)):
            for extra in ((), ("--fresh",)):
                with self.subTest(moved=moved, extra=extra), \
                        tmpfs(self.work / f"disk-{moved}-{len(extra)}", 4) as disk:
                    out = disk / "out"
                    self.half_published(out, moved)
                    (out / ".tiles").mkdir(exist_ok=True)
                    # As kills leave them; they are room as well.
                    (out / ".tiles/.tile_00000000.h5.host.1.tmp").write_bytes(bytes(400_000))
                    space = os.statvfs(disk)
                    # Too little for results beside those that are there.
                    (disk / "filler").write_bytes(
                        bytes(space.f_bavail * space.f_frsize - 60_000))
                    result = self.run_job(*extra, out=out)
                    self.assertEqual(result.code, 0, result)
                    self.assertEqual(output_digest(out), digest)

    def test_only_the_cubes_that_a_run_lists_are_joined(self):
        for year in (2018, 2019):
            must("run", self.job, "--set", f"output.path={self.out}/{year}", "--set", f"years={year}",
                 "--set", "output.files=yearly")
        must("join", self.out / "2018", self.out / "2019", "--into", self.out / "clean")
        digest = output_digest(self.out / "clean")
        must("run", self.job, "--set", f"output.path={self.out}/wrong", "--set", "years=2019", "--set",
             "silicate.cc=1")
        shutil.copy(self.out / "wrong/cube.nc", self.out / "2019/cube.nc")
        must("join", self.out / "2018", self.out / "2019", "--into", self.out / "joined")
        self.assertEqual(output_digest(self.out / "joined"), digest)

    def test_a_place_that_cannot_be_looked_at_is_answered_in_words(self):
        for out in (self.work / ("x" * 300), self.work / "loop/out"):
            with self.subTest(out.name[:4]):
                if not (self.work / "loop").is_symlink():
                    (self.work / "loop").symlink_to(self.work / "loop")
                for command in ("check", "run"):
                    result = run(command, self.job, "--set", f"output.path={out}")
                    self.assertEqual(result.code, 1, result)
                    self.assertIn("output.path: ", result.err)
                    self.assertIn("choose another output.path", result.err)
                    self.assertNotIn("filesystem error", result.err)

    def test_a_strange_run_json_is_answered_in_words(self):
        for text in ('{"program": 5}', '{"program": "cnci", "identity": "x"}', "[]", "{",
                     '{"program": "cnci", "identity": {"result_hash": 7}, "results": [3]}'):
            with self.subTest(text):
                shutil.rmtree(self.out, ignore_errors=True)
                self.out.mkdir()
                (self.out / "run.json").write_text(text, encoding="utf-8")
                result = self.run_job()
                self.assertEqual(result.code, 1, result)
                self.assertNotIn("json.exception", result.err)
                ours = '"program": "cnci"' in text
                self.assertEqual(self.run_job("--fresh").code, 0 if ours else 1)
                if not ours:
                    self.assertEqual((self.out / "run.json").read_text(encoding="utf-8"), text)

    def test_a_complete_output_that_nobody_may_write_is_complete(self):
        with tmpfs(self.work / "disk", 64) as disk:
            out = disk / "out"
            must("run", self.job, "--set", f"output.path={out}")
            done = mount("-o", "remount,ro", disk)
            self.assertEqual(done.returncode, 0, done.stderr)
            result = self.run_job(out=out)
            self.assertEqual(result.code, 0, result)
            self.assertIn("complete: ", result.err)
            other = self.run_job("--set", "silicate.cc=1", out=out)
            self.assertEqual(other.code, 1, other)
            self.assertIn("read-only file system", other.err)
            mount("-o", "remount,rw", disk)

    def test_a_journal_of_another_program_is_not_brought_into_the_next_results(self):
        must("run", self.job, "--set", f"output.path={self.out}")
        digest = output_digest(self.out)
        for journal in ("zones.gpkg-wal", "zones.gpkg-journal"):
            (self.out / journal).write_bytes(b"x" * 100)
            for extra in (("--fresh",), ("--fresh", "--set", "silicate.cc=1")):
                result = self.run_job(*extra)
                self.assertEqual(result.code, 1, result)
                self.assertIn(f"{self.out}/{journal}", result.err)
            self.assertIn("complete: ", self.run_job().err)
            (self.out / journal).unlink()
            self.assertEqual(output_digest(self.out), digest)
        # An empty one is an idle reader's; beside the index of it, of one that is at work.
        (self.out / "zones.gpkg-wal").touch()
        (self.out / "zones.gpkg-shm").touch()
        result = self.run_job("--fresh")
        self.assertEqual(result.code, 1, result)
        self.assertIn("another program's journal", result.err)
        (self.out / "zones.gpkg-shm").unlink()
        self.assertEqual(self.run_job("--fresh").code, 0)
        self.assertEqual(output_digest(self.out), digest)
        # One that comes while the run is at work.
        out = self.work / "meanwhile"
        job = Job("meanwhile", self.job, self.work, "grid.resolution=1/1800", "grid.tile=128")
        with Live(job, out, ranks=2) as live:
            live.wait_for_tiles(1)
            (out / "zones.gpkg-wal").write_bytes(b"x" * 100)
            self.assertEqual(live.end(120), 1, live.text())
            self.assertIn("zones.gpkg-wal", live.text())
        self.assertFalse((out / "run.json").exists())
        (out / "zones.gpkg-wal").unlink()
        with Live(job, out, ranks=2) as live:
            self.assertEqual(live.end(120), 0, live.text())
            self.assertIn("resuming: ", live.text())

    def test_what_gis_programs_leave_in_results_leaves_them_complete(self):
        must("run", self.job, "--set", f"output.path={self.out}")
        subprocess.run(["gdalinfo", "-stats", f"NETCDF:{self.out}/cube.nc:ccsf"], check=True,
                       capture_output=True)
        layer = ogr.Open(str(self.out / "zones.gpkg"), 1)
        layer.ExecuteSQL("CREATE TABLE layer_styles (qml TEXT)")
        layer.ExecuteSQL(f"INSERT INTO layer_styles VALUES ('{'style ' * 20000}')")
        del layer
        for entry in provenance(self.out)["results"]:
            grown = (self.out / entry["name"]).stat().st_size > entry["bytes"]
            self.assertEqual(grown, entry["name"] in ("cube.nc.aux.xml", "zones.gpkg"), entry)
        result = self.run_job()
        self.assertEqual(result.code, 0, result)
        self.assertIn("complete: ", result.err)
        self.assertEqual(run("zones", self.out).code, 0)
        (self.out / "zones.gpkg").write_bytes(b"cut short")
        self.assertEqual(self.run_job().code, 1)

    def test_tiles_that_are_there_need_no_room_again(self):
        job = Job("room", self.job, self.work, "grid.resolution=1/1800", "grid.tile=128")
        reference = Reference(job)
        with tmpfs(self.work / "disk", 19) as disk:
            out = disk / "out"
            with Live(job, out, ranks=2) as live:
                live.wait_for_tiles(40)
                live.send_all(live.rank_pids(), signal.SIGKILL)
                live.end(10)
            before = tile_files(out)
            self.assertFalse((out / "run.json").exists())
            with Live(job, out, "--keep-tiles", ranks=2) as live:
                code = live.end(120)
                text = live.text()
            self.assertEqual(code, 0, text)
            self.assertIn(f"resuming: {len(before)} of", text)
            check_kept(before, out)
            check_results(out, reference)

    def test_another_layout_of_a_complete_output_is_said(self):
        must("run", self.job, "--set", f"output.path={self.out}")
        result = self.run_job("--set", "output.compression=9")
        self.assertEqual(result.code, 0, result)
        self.assertIn("complete: ", result.err)
        self.assertIn("output.compression was 1, is 9", result.err)

    def test_the_same_value_written_otherwise_is_the_same_job(self):
        must("run", self.job, "--set", f"output.path={self.out}", "--set", "layer.soc.scale=0.1",
             "--set", "years=2018,2019")
        result = self.run_job("--set", "layer.soc.scale=0.10", "--set", "years=2018-2019",
                              "--set", "grid.tile=0512")
        self.assertEqual(result.code, 0, result)
        self.assertIn("complete: ", result.err)

    def test_the_tiles_say_how_long_they_took(self):
        must("run", self.job, "--keep-tiles", "--set", f"output.path={self.out}")
        import h5py

        with h5py.File(next((self.out / ".tiles").glob("tile_*.h5"))) as tile:
            timings = json.loads(tile["timings"][()].tobytes())
        self.assertEqual(set(timings), set(provenance(self.out)["phase_seconds"]))
        self.assertGreater(timings["decode"], 0)

    def test_pipes_among_the_files_of_a_run_do_not_hang_it(self):
        must("run", self.job, "--keep-tiles", "--set", f"output.path={self.out}")
        digest = output_digest(self.out)
        for name, code, says in (("run.json", 1, "run.json"), (".tiles/identity.json", 1, "--fresh"),
                                 (".tiles/tile_00000000.h5", 0, "tile_00000000.h5"),
                                 (".lock", 0, "")):
            with self.subTest(name):
                out = self.work / "copy"
                shutil.rmtree(out, ignore_errors=True)
                shutil.copytree(self.out, out)
                if name != "run.json":
                    for path in out.glob("[!.]*"):
                        path.unlink()
                (out / name).unlink(missing_ok=True)
                os.mkfifo(out / name)
                result = self.run_job(out=out, timeout=60)
                self.assertEqual(result.code, code, result)
                self.assertIn(says, result.err)
                if code == 0:
                    self.assertEqual(output_digest(out), digest)
                if name == "run.json":
                    self.assertEqual(run("zones", out, timeout=60).code, 1)


if __name__ == "__main__":
    main()
