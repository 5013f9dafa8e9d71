#!/usr/bin/python3
"""Stops at moments that are made, not met by chance: a tile that runs longer than --patience, a rank
that hangs, a second signal, a signal to the last rank while the first one puts the cube together."""

import contextlib
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

from support import CNCI, SOURCE, main, small_sample

sys.path.insert(0, str(SOURCE / "tests/faults"))

from checks import check_results, check_tiles, resume  # noqa: E402
from harness import Job, Live, Reference, expect, tile_files  # noqa: E402
from inputs import damage_block, small_blocks  # noqa: E402
from sample_case import SampleCase  # noqa: E402

STOPPED = 75
# Far more than an end takes, far less than what is left of the run.
SOON_S = 6


class Stop(SampleCase):
    def setUp(self):
        super().setUp()
        # Few tiles of many seconds each, and many small ones.
        self.long = Job("long", small_sample() / "job.ini", self.work, "grid.resolution=1/7200",
                        "grid.tile=4096")
        self.short = Job("short", small_sample() / "job.ini", self.work, "grid.resolution=1/1200",
                         "grid.tile=64")

    def test_a_tile_that_runs_longer_than_the_patience_is_given_up(self):
        out = self.work / "out"
        with Live(self.long, out, "--patience", "0", ranks=2) as live:
            live.wait_for_phase("tiles")
            live.wait_for_work()
            told = time.monotonic()
            live.send(live.rank_pids()[-1], signal.SIGUSR1)
            code = live.end(SOON_S)
            text = live.text()
        self.assertEqual(code, STOPPED, text)
        self.assertLess(time.monotonic() - told, SOON_S)
        self.assertIn("ran longer than --patience 0 and were given up", text)
        self.assertIn("to go on: ", text)
        self.assertNotIn("run.json", [path.name for path in out.iterdir()])

    def test_a_rank_that_hangs_does_not_hold_up_the_stop(self):
        reference = Reference(self.short)
        out = self.work / "out"
        with Live(self.short, out, "--patience", "1", ranks=3) as live:
            live.wait_for_tiles(3)
            pids = live.rank_pids()
            live.send(pids[-1], signal.SIGSTOP)
            live.send(pids[0], signal.SIGTERM)
            code = live.end(1 + SOON_S)
            text = live.text()
        self.assertEqual(code, STOPPED, text)
        kept = check_tiles(out, reference)
        said = re.search(rf"(\d+) of {len(reference.tiles)} tiles are finished and kept", text)
        # Each rank may have finished a tile and not have said so.
        self.assertIn(len(kept) - int(said[1]), range(4), text)
        resume(self.short, out, reference)

    def test_a_rank_that_hangs_outside_the_tiles_does_not_hold_up_the_stop(self):
        job = Job("short-yearly", self.short.file, self.work, *self.short.settings,
                  "output.files=yearly")
        reference = Reference(job)
        for phase in ("prepare", "assemble"):
            with self.subTest(phase):
                out = self.work / f"out-{phase}"
                with Live(job, out, "--patience", "1", ranks=3) as live:
                    expect(live.wait_for_phase(phase), "no such phase")
                    pids = live.rank_pids()
                    live.send(pids[1], signal.SIGSTOP)
                    live.send(pids[0], signal.SIGTERM)
                    code = live.end(10 + SOON_S)
                    text = live.text()
                self.assertEqual(code, STOPPED, text)
                self.assertIn("to go on: ", text)
                self.assertFalse((out / "run.json").exists())
                resume(job, out, reference)

    def hang(self, out, begin):
        """The second of three ranks hangs, the first one is told to stop; the exit code."""
        with Live(self.short, out, "--patience", "1", ranks=3) as live:
            pids = begin(live)
            live.send(pids[1], signal.SIGSTOP)
            live.send(pids[0], signal.SIGTERM)
            return live.end(10 + SOON_S)

    def test_a_rank_that_hangs_while_ranks_start_does_not_hold_up_the_stop(self):
        out = self.work / "out"
        code = self.hang(out, lambda live: live.wait_for_processes(3))
        # Before ranks listen to it, a signal ends them as any program.
        self.assertIn(code, (STOPPED, 1, 128 + signal.SIGTERM))
        resume(self.short, out, Reference(self.short))

    def test_a_rank_that_hangs_while_ranks_end_does_not_hold_up_the_stop(self):
        # Without a page, which rank 0 would write alone after the results.
        self.short.settings = (*self.short.settings, "report.enabled=false")
        reference = Reference(self.short)
        for attempt in range(20):
            out = self.work / f"out-{attempt}"
            code = self.hang(out, lambda live: live.wait_for_file("run.json"))
            check_results(out, reference)
            if code != 0:
                break  # the ranks had not all ended by then
        self.assertEqual(code, STOPPED)

    def test_messages_that_nobody_reads_do_not_hold_up_the_stop(self):
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, b"x" * 4096)
        os.set_blocking(writer, True)
        command = [CNCI, "run", str(self.short.file), "--patience", "0"]
        for setting in (*self.short.settings, f"output.path={self.work}/out"):
            command += ["--set", setting]
        with subprocess.Popen(command, stderr=writer, stdout=subprocess.DEVNULL) as process:
            time.sleep(1)
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(timeout=5 + SOON_S), STOPPED)
        os.close(reader)
        os.close(writer)

    def test_a_stopped_run_with_failed_tiles_is_to_go_on(self):
        sample = self.work / "inputs"
        shutil.copytree(small_sample(), sample)
        small_blocks(sample / "temperature.tif")
        job = Job("spoilt", sample / "job.ini", self.work, *self.short.settings)
        reference = Reference(job)
        whole = (sample / "temperature.tif").read_bytes()
        stat = (sample / "temperature.tif").stat()
        out = self.work / "out"
        with Live(job, out, ranks=2) as live:
            live.wait_for_phase("tiles")
            live.send_all(live.rank_pids(), signal.SIGSTOP)
            damage_block(sample / "temperature.tif", random.Random(1))
            live.send_all(live.rank_pids(), signal.SIGCONT)
            live.wait_for_tiles(len(reference.tiles) * 3 // 4)
            pids = live.rank_pids()
            live.send_all(pids, signal.SIGSTOP)
            self.assertTrue(pids, "the run has ended already")
            live.send(pids[-1], signal.SIGUSR1)
            live.send_all(pids, signal.SIGCONT)
            code = live.end(SOON_S)
            text = live.text()
        self.assertEqual(code, STOPPED, text)
        self.assertRegex(text, r"tile \d+ .*temperature\.tif")
        self.assertIn("tiles failed", text)
        self.assertIn("to go on: ", text)
        (sample / "temperature.tif").write_bytes(whole)
        os.utime(sample / "temperature.tif", ns=(stat.st_atime_ns, stat.st_mtime_ns))
        resume(job, out, reference)

    def test_the_command_to_go_on_can_be_pasted(self):
        out = self.work / "it's $HOME"
        where = "zones.where=Code_Prefecture <> 'it''s'"
        with Live(self.long, out, "--set", where, "--patience", "0") as live:
            live.wait_for_phase("tiles")
            live.send(live.rank_pids()[-1], signal.SIGTERM)
            code = live.end(SOON_S)
            text = live.text()
        self.assertEqual(code, STOPPED, text)
        command = re.search("to go on: (.*)", text)[1]
        self.assertEqual(shlex.split(command)[1:], [*live.command[live.command.index(CNCI) + 1:]])

    def test_a_second_signal_ends_at_once_and_loses_what_is_in_flight(self):
        for ranks in (None, 2):
            with self.subTest(ranks=ranks):
                out = self.work / f"out-{ranks}"
                with Live(self.long, out, ranks=ranks) as live:
                    live.wait_for_phase("tiles")
                    pid = live.wait_for_work()
                    live.send(pid, signal.SIGTERM)
                    live.pause(0.1)
                    # Time goes by for the signals, not for the tile.
                    pids = live.rank_pids()
                    live.send_all(pids, signal.SIGSTOP)
                    live.pause(1.2)
                    self.assertTrue(live.running(), "no tile ran long enough for a second signal")
                    live.send(pid, signal.SIGTERM)
                    live.send_all(pids, signal.SIGCONT)
                    told = time.monotonic()
                    code = live.end(SOON_S)
                    text = live.text()
                self.assertIn(code, (-signal.SIGTERM, 128 + signal.SIGTERM), text)
                self.assertNotIn("tile_00000000.h5", tile_files(out))  # the large one
                self.assertEqual([path.name for path in out.glob("[!.]*")], [])
                self.assertLess(time.monotonic() - told, SOON_S)
                shutil.rmtree(out)

    def test_a_signal_to_the_last_rank_stops_the_assembly_of_the_first(self):
        for files in ("single", "yearly"):
            with self.subTest(files=files):
                job = Job(f"short-{files}", self.short.file, self.work, *self.short.settings,
                          f"output.files={files}")
                reference = Reference(job)
                out = self.work / f"out-{files}"
                with Live(job, out, ranks=3) as live:
                    expect(live.wait_for_phase("assemble"), "no assembly")
                    pids = live.rank_pids()
                    live.send(pids[0], signal.SIGSTOP)
                    live.send(pids[-1], signal.SIGUSR1)
                    live.pause(0.3)
                    live.send(pids[0], signal.SIGCONT)
                    code = live.end(SOON_S)
                    text = live.text()
                self.assertEqual(code, STOPPED, text)
                self.assertIn("the cube is still to be put together", text)
                self.assertEqual(len(check_tiles(out, reference)), len(reference.tiles))
                resume(job, out, reference)

    def test_a_stop_does_not_wait_for_the_hashing_of_inputs(self):
        sample = self.work / "inputs"
        shutil.copytree(small_sample(), sample)
        with open(sample / "temperature.hdr", "wb") as beside:  # belongs to temperature.tif
            beside.truncate(100 << 30)
        job = Job("hash", sample / "job.ini", self.work)
        for phase, extra in (("publish", ()), ("prepare", ("--hash-inputs",))):
            with self.subTest(phase):
                out = self.work / f"out-{phase}"
                with Live(job, out, *extra, ranks=2) as live:
                    expect(live.wait_for_phase(phase), "no such phase")
                    live.pause(0.5)
                    self.assertTrue(live.running(), "hashed already")
                    live.send(live.rank_pids()[-1], signal.SIGUSR1)
                    code = live.end(SOON_S)
                    text = live.text()
                self.assertEqual(code, STOPPED, text)
                self.assertIn("to go on: ", text)
                self.assertFalse((out / "run.json").exists())

    def test_a_start_over_that_was_stopped_before_it_began_is_to_be_repeated(self):
        sample = self.work / "inputs"
        shutil.copytree(small_sample(), sample)
        with open(sample / "temperature.hdr", "wb") as beside:  # belongs to temperature.tif
            beside.truncate(100 << 30)
        out = self.work / "out"
        with Live(Job("hash", sample / "job.ini", self.work), out, "--fresh", "--hash-inputs") as live:
            expect(live.wait_for_phase("prepare"), "no such phase")
            live.pause(0.5)
            live.send(live.rank_pids()[-1], signal.SIGUSR1)
            code = live.end(SOON_S)
            text = live.text()
        self.assertEqual(code, STOPPED, text)
        command = shlex.split(re.search("to go on: (.*)", text)[1])
        self.assertIn("--fresh", command)


if __name__ == "__main__":
    main()
