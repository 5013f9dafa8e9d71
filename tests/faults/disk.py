"""Disks that fill up or become read-only, real ones: a tmpfs for every case."""

import collections
import contextlib
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time

from checks import REPORT, check_kept, check_names, check_results, check_tiles
from harness import Job, Live, Reference, expect, tile_files
from kills import SINGLE

MIB = 1 << 20
PAGE = 4096


def mount(*arguments):
    return subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True,
                          check=False)


@contextlib.contextmanager
def tmpfs(folder, size_mib):
    folder.mkdir()
    done = mount("-t", "tmpfs", "-o", f"size={size_mib}m", "none", folder)
    expect(done.returncode == 0, done.stderr)
    try:
        yield folder
    except Exception:
        shutil.copytree(folder, folder.with_name(folder.name + "-kept"), symlinks=True,
                        ignore=shutil.ignore_patterns("ballast"))
        raise
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def can_mount(work):
    try:
        with tmpfs(pathlib.Path(work) / "probe", 1):
            return True
    except (AssertionError, OSError):
        with contextlib.suppress(OSError):
            (pathlib.Path(work) / "probe").rmdir()
        return False


def pages(size):
    return (size + PAGE - 1) // PAGE * PAGE


def coverage_bytes(out):
    """What the coverage cache takes of the disk."""
    return sum(pages(path.stat().st_size) for path in pathlib.Path(out).glob(".cache/*/*.bin"))


class Disk:
    """Cases: those of `fixed`, then disks that are full at a random byte of what a run writes."""

    def __init__(self, sample, work, seed):
        self.work = work
        self.seed = seed
        self.job = Job("disk", sample / "job.ini", work, *SINGLE)
        self.reference = Reference(self.job)
        self.tally = collections.Counter()
        sizes = self.reference.sizes
        store = self.reference.out / ".tiles"
        self.tile_bytes = {path.name: pages(path.stat().st_size) for path in store.glob("tile_*.h5")}
        self.kept_coverage = coverage_bytes(self.reference.out)
        self.result_bytes = sum(pages(size) for name, size in sizes.items() if name != REPORT)
        cube = pages(sizes["cube.nc"]) + pages(sizes["cube.nc.aux.xml"])
        # Bytes left for results once all tiles are written.
        self.left = {"tiles": -sum(self.tile_bytes.values()) // 2, "little": PAGE, "half": cube // 2,
                     "most": cube + pages(sizes["zones.csv"]) + 16 * PAGE,
                     # Tiles are kept then: nothing goes before the page is written.
                     "report": self.result_bytes + 32 * PAGE}
        self.fixed = [*(("full", name) for name in self.left), ("full", "run.json"), ("read-only", "start"),
                      ("read-only", "tiles"), ("removed", "tiles")]

    def case(self, number, say=lambda text: None):
        rng = random.Random(f"{self.seed}:disk:{number}")
        what, where = self.fixed[number] if number < len(self.fixed) else ("full", "")
        how = {"ranks": rng.choice((None, 1, 2, 3)), "threads": rng.choice((1, 2))}
        say(f"{what} {where} {how}")
        with tmpfs(self.work / f"disk-{number}", 24) as disk:
            out = disk / "out"
            act = self.fill_at_the_end if where == "run.json" else {
                "full": self.fill, "read-only": self.protect, "removed": self.remove}[what]
            act(disk, out, where, how, rng)
            if out.exists():
                self.resume(out, rng)

    def fill(self, disk, out, where, how, rng):
        """The disk fills up after some tiles: while the others are written, or the results."""
        left = self.left[where] if where else rng.randrange(
            -sum(self.tile_bytes.values()) * 3 // 4, self.result_bytes - 2 * PAGE)
        extra = ["--keep-tiles"] if where == "report" else []
        with Live(self.job, out, *extra, **how) as live:
            live.wait_for_tiles()
            pids = live.rank_pids()
            live.send_all(pids, signal.SIGSTOP)
            there = tile_files(out)
            to_come = sum(size for name, size in self.tile_bytes.items() if name not in there)
            to_come += self.kept_coverage - coverage_bytes(out)
            # The cube has grown with the tiles.
            to_come -= sum(pages(path.stat().st_size) for path in (out / ".unfinished").glob("cube.nc"))
            self.take(disk, max(0, to_come + left) - self.in_flight(out))
            live.send_all(pids, signal.SIGCONT)
            code = live.end(60)
            text = live.text()
        self.check_full(disk, out, where, code, text)

    def check_full(self, disk, out, meant, code, text):
        """What was to fail did fail, and says why; then the disk is enlarged."""
        where = self.check_failure(out, code, text)
        # The cube grows while tiles are written, and at the end beside the tables.
        together = (".tiles", "cube.nc", "zones.csv", "zones.gpkg")
        names = {"": (where,), "tiles": (".tiles",), "most": together[1:], "run.json": ("run.json",),
                 "report": (REPORT,)}.get(meant, together)
        expect(where in names, f"{where} failed, {meant} was to\n{text}")
        expect(re.search("No space left|disk is full", text), f"the cause is not said\n{text}")
        expect("free some space" in text, f"what to do is not said\n{text}")
        self.tally[f"full while writing {where}"] += 1
        kept = check_tiles(out, self.reference)
        self.count_kept(where, kept)
        done = mount("-o", "remount,size=64m", disk)
        expect(done.returncode == 0, done.stderr)

    def fill_at_the_end(self, disk, out, where, how, rng):
        """The disk fills up once all results but run.json are written, while inputs are hashed for it."""
        beside = self.job.file.parent / "temperature.hdr"  # belongs to temperature.tif
        with open(beside, "wb") as file:
            file.truncate(2 << 30)
        try:
            reference = Reference(Job("beside", self.job.file, self.work, *self.job.settings))
            with Live(self.job, out, **how) as live:
                expect(live.wait_for_phase("publish"), "no publishing")
                while not (out / ".unfinished/profile.csv").exists() and live.running():
                    time.sleep(0.001)
                live.pause(0.1)
                live.send_all(live.rank_pids(), signal.SIGSTOP)
                expect(live.running(), "hashed already")
                self.take(disk, 0)
                live.send_all(live.rank_pids(), signal.SIGCONT)
                code = live.end(60)
                text = live.text()
            self.check_full(disk, out, where, code, text)
            self.resume(out, rng, reference)
        finally:
            beside.unlink()
            shutil.rmtree(out, ignore_errors=True)  # of a job with one input more

    @staticmethod
    def in_flight(out):
        return sum(pages(path.stat().st_size) for path in out.glob(".tiles/.*.tmp"))

    @staticmethod
    def take(disk, leave):
        """Fills the disk up to `leave` bytes."""
        fact = os.statvfs(disk)
        size = fact.f_bavail * fact.f_frsize - leave
        if size > 0:
            with open(disk / "ballast", "wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)

    def check_failure(self, out, code, text):
        """Exit 1, nothing half-written, a message that names a file. Returns what kind of file."""
        expect(code == 1, f"exit {code}\n{text}")
        there = check_names(out, self.reference) if out.exists() else set()
        expect(str(out) in text, f"no file is named\n{text}")
        if "run.json" in there:
            expect(REPORT not in there and "the results are complete" in text,
                   f"a failed run looks complete\n{text}")
            expect(f"cnci report {out}" in text, f"how to make the page is not said\n{text}")
            return REPORT
        errors = [line for line in text.splitlines() if "error" in line or str(out) in line]
        expect(len(errors) <= 13, f"{len(errors)} lines for one cause\n{text}")
        for name in ("run.json", "zones.gpkg", "zones.csv", "profile.csv", "cube.nc", ".tiles"):
            if f"{out}/{name}" in text or f"{out}/.unfinished/{name}" in text:
                if name == ".tiles":
                    expect("tile " in text, f"no tile is named\n{text}")
                return name
        return "something else"

    def count_kept(self, where, kept):
        if where != ".tiles":
            expect(len(kept) == len(self.reference.tiles), f"{len(kept)} tiles are left after a failure "
                   f"in {where}")
        self.tally["finished tiles kept"] += len(kept)

    def protect(self, disk, out, where, how, rng):
        """The disk becomes read-only: before the run, or while tiles are written."""
        if where == "start":
            self.remount(disk, "ro")
            with Live(self.job, out, **how) as live:
                code = live.end(60)
                text = live.text()
        else:
            with Live(self.job, out, **how) as live:
                live.wait_for_tiles()
                # Refused while a file is open for writing.
                while mount("-o", "remount,ro", disk).returncode != 0:
                    expect(live.running(), "the run ended before its disk was read-only")
                code = live.end(60)
                text = live.text()
        self.check_failure(out, code, text)
        expect(where == "start" or "ead-only" in text, f"the cause is not said\n{text}")
        expect("write there" in text or "output.path" in text, f"what to do is not said\n{text}")
        self.tally[f"read-only: {where}"] += 1
        self.remount(disk, "rw")

    @staticmethod
    def remount(disk, mode):
        done = mount("-o", f"remount,{mode}", disk)
        expect(done.returncode == 0, done.stderr)

    def remove(self, disk, out, where, how, rng):
        """The output folder is removed in mid-run."""
        with Live(self.job, out, **how) as live:
            live.wait_for_tiles()
            out.rename(disk / "gone")
            shutil.rmtree(disk / "gone", ignore_errors=True)
            code = live.end(60)
            text = live.text()
        self.check_failure(out, code, text)
        self.tally["output folder removed"] += 1

    def resume(self, out, rng, reference=None):
        before = check_tiles(out, self.reference)
        lacks_page_only = (out / "run.json").exists()
        with Live(self.job, out, "--keep-tiles", ranks=rng.choice((None, 2))) as live:
            code = live.end(120)
            expect(code == 0, f"the resume ended with exit {code}\n{live.text()}")
            if lacks_page_only:
                expect("complete" in live.text(), live.text())
            elif before:
                expect(f"resuming: {len(before)} of" in live.text(), live.text())
        check_results(out, reference or self.reference)
        check_kept(before, out)

    def summary(self):
        return "\n".join(f"{what}: {count}" for what, count in sorted(self.tally.items()))
