"""A run of cnci under test: started in the background, watched through its log and its folder, hit by
signals, awaited. And the folders, jobs and undisturbed results that all campaigns share."""

import base64
import gzip
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "program"))

from support import CNCI, MPI_ENV, cube_digest, gpkg_digest, provenance  # noqa: E402

PHASES = ("prepare", "tiles", "assemble", "publish", "report", "after")
# The longest that a job may go on after one of its processes was killed.
PROMPT_S = 10


class Broken(AssertionError):
    """A promise that was not kept."""


def expect(condition, *what):
    if not condition:
        raise Broken(" ".join(str(part) for part in what))


class Job:
    """A job file with settings, in a folder for its runs."""

    def __init__(self, name, file, work, *settings):
        self.name = name
        self.file = pathlib.Path(file)
        self.work = pathlib.Path(work)
        self.settings = settings

    def command(self, out, *extra, ranks=None, threads=1):
        command = [CNCI, "run", str(self.file)]
        for setting in (*self.settings, f"output.path={out}"):
            command += ["--set", setting]
        command += ["--threads", str(threads), *map(str, extra)]
        if ranks is not None:
            command = ["mpirun", "-n", str(ranks), "--bind-to", "none", *command]
        return command


def events(log):
    """What a log holds so far; a line that a kill cut off is left out."""
    found = []
    try:
        text = pathlib.Path(log).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return found
    for line in text.split("\n")[:-1]:
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


def phase_of(found):
    """The phase that the last event of a log belongs to; "" before the first."""
    phase = ""
    for event in found:
        if event.get("event") == "phase":
            phase = event["name"]
        elif event.get("event") == "done":
            phase = "after"
    return phase


class Live:
    """A run in the background. Its processes, also orphans and MPI's daemons, are known by a variable
    of their environment."""

    def __init__(self, job, out, *extra, ranks=None, threads=1, simd=""):
        self.out = pathlib.Path(out)
        self.ranks = ranks
        self.token = f"CNCI_FAULT_RUN={uuid.uuid4().hex}"
        self.log = job.work / f"log-{self.token[-8:]}.json"
        self.err_file = job.work / f"err-{self.token[-8:]}.txt"
        self.command = [*job.command(out, *extra, ranks=ranks, threads=threads), "--log-json",
                        str(self.log)]
        name, value = self.token.split("=")
        # What killed MPI jobs leave behind goes with the work folder.
        env = dict(os.environ, **MPI_ENV, CNCI_SIMD=simd, **{name: value},
                   OMPI_MCA_orte_tmpdir_base=str(job.work))
        with open(self.err_file, "wb") as err:
            self.process = subprocess.Popen(self.command, env=env, stdout=subprocess.DEVNULL,
                                            stderr=err, cwd=job.work)
        self.started = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in (self.process.pid, *self.processes()):
            self.send(pid, signal.SIGKILL)
        self.process.wait()
        for file in (self.log, self.err_file):
            file.unlink(missing_ok=True)

    def processes(self):
        """Living processes of this run: pid to name."""
        found = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    if self.token.encode() not in file.read():
                        continue
                with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
                    stat = file.read()
            except OSError:
                continue
            name, rest = stat[stat.index("(") + 1:].rsplit(")", 1)
            if rest.split()[0] not in "ZX":
                found[int(entry)] = name
        return found

    def rank_pids(self):
        """The ranks, in the order in which they were started."""
        comm = os.path.basename(CNCI)[:15]
        return sorted(pid for pid, name in self.processes().items() if name == comm)

    @staticmethod
    def send(pid, sig):
        """Whether the process was there to get the signal."""
        try:
            os.kill(pid, sig)
            return True
        except ProcessLookupError:
            return False

    def send_all(self, pids, sig):
        return sum(self.send(pid, sig) for pid in list(pids))

    def running(self):
        return self.process.poll() is None

    def phase(self):
        return phase_of(events(self.log))

    def wait_for_phase(self, name):
        """Returns whether the phase began before the run ended."""
        wanted = PHASES.index(name)
        phase, size = "", -1
        while True:
            running = self.running()
            now = self.log.stat().st_size if self.log.exists() else 0
            if now != size:
                phase, size = self.phase(), now
            if phase and PHASES.index(phase) >= wanted:
                return True
            if not running:
                return False
            time.sleep(0.0005)

    def wait_for_tiles(self, count=1):
        """Waits for finished tiles; fails where the run ends before."""
        while len(tile_files(self.out)) < count:
            expect(self.running() or len(tile_files(self.out)) >= count,
                   "the run ended before it could be disturbed:", self.text())
            time.sleep(0.001)

    def wait_for_processes(self, count):
        """The ranks' processes as soon as there are so many, whatever they have come to."""
        while self.running() and len(self.rank_pids()) < count:
            time.sleep(0.002)
        return self.rank_pids()

    def wait_for_file(self, name):
        """The ranks' processes, when a file has come into the output folder."""
        self.wait_for_phase("tiles")
        pids = self.rank_pids()
        while self.running() and not (self.out / name).exists():
            time.sleep(0.0002)
        return pids

    def pause(self, seconds, look=None):
        """Waits, or until the run ends."""
        until = time.monotonic() + seconds
        while self.running() and time.monotonic() < until:
            if look:
                look()
            time.sleep(min(0.005, max(0.0, until - time.monotonic())))

    def wait_for_work(self, cpu_seconds=0.5):
        """The first rank that has computed for so long from now on (four times as long with sanitizers):
        it is then past opening its layers, in a tile."""
        if os.environ.get("CNCI_SANITIZE"):
            cpu_seconds *= 4

        def used(pid):
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                return 0
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        goals = {pid: used(pid) + cpu_seconds for pid in self.rank_pids()}
        until = time.monotonic() + 60 * cpu_seconds
        while True:
            for pid, goal in goals.items():
                if used(pid) >= goal:
                    return pid
            expect(self.running() and time.monotonic() < until, f"it does not compute\n{self.text()}")
            time.sleep(0.01)

    def end(self, within, look=None):
        """The exit code. Fails where the run, or any of its processes, lives longer."""
        until = time.monotonic() + within
        left = {}
        while time.monotonic() < until:
            if look:
                look()
            if not self.running():
                left = self.processes()
                if not left:
                    if look:
                        look()
                    return self.process.returncode
            time.sleep(0.005 if self.running() else 0.02)
        expect(not self.running(), f"still running after {within} s\n{self.text()}")
        raise Broken(f"processes survive the job by more than {within} s: {left}\n{self.text()}")

    def text(self):
        return self.err_file.read_text(encoding="utf-8", errors="replace")


def tile_files(out):
    """Finished tiles of a store: name to (inode, modified, size)."""
    found = {}
    try:
        names = sorted(name for name in os.listdir(pathlib.Path(out) / ".tiles")
                       if name.startswith("tile_") and name.endswith(".h5"))
    except FileNotFoundError:
        names = []
    for path in (pathlib.Path(out) / ".tiles" / name for name in names):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        found[path.name] = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    return found


def tile_content(path):
    """What of a tile file must be the same however it came about: index and compressed chunks."""
    import h5py

    with h5py.File(path, "r") as tile:
        return tile["index"][...].tobytes(), tile["payload"][...].tobytes()


def page_digest(path):
    """The data of report.html but for what differs from run to run (ranks, times, the output's folder)
    and the job's name, which is no result."""
    text = path.read_text(encoding="utf-8")
    expect(text.rstrip().endswith("</html>"), f"{path} is cut short")
    coded = text.split('<script id="cnci-data" type="text/plain">')[1].split("</script>")[0]
    data = json.loads(gzip.decompress(base64.b64decode(coded)))
    del data["run"], data["name"]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def digest_of(path):
    """The hash of one result; fails with the library's error where it is not whole."""
    if path.suffix == ".nc":
        return cube_digest(path)
    if path.suffix == ".gpkg":
        return gpkg_digest(path)
    if path.name == "run.json":
        facts = provenance(path.parent)
        return json.dumps([facts[key] for key in ("identity", "mass", "closure")])
    if path.name == "report.html":
        return page_digest(path)
    return path.read_bytes()


class Reference:
    """An undisturbed run: the results, the content of every tile, how long the phases take."""

    def __init__(self, job, ranks=None):
        self.job = job
        out = job.work / f"undisturbed-{job.name}"
        with Live(job, out, "--keep-tiles", ranks=ranks) as live:
            code = live.end(120)
            expect(code == 0, "the undisturbed run failed:", live.text())
            self.seconds = self.durations(live, time.monotonic() - live.started)
        self.out = out
        self.results = {path.name: digest_of(path) for path in out.iterdir()
                        if not path.name.startswith(".")}
        self.sizes = {path.name: path.stat().st_size for path in out.iterdir() if path.is_file()}
        self.tiles = {name: tile_content(out / ".tiles" / name) for name in tile_files(out)}
        expect("run.json" in self.results and len(self.tiles) > 1, "the reference is incomplete")

    @staticmethod
    def durations(live, total):
        """Seconds of every phase, from the first event on; "total" includes starting and ending."""
        from datetime import datetime

        begins = {}
        for event in events(live.log):
            name = event["name"] if event["event"] == "phase" else \
                "after" if event["event"] == "done" else None
            if name:
                stamp = event["time"].replace("Z", "+00:00")
                begins[name] = datetime.fromisoformat(stamp).timestamp()
        phases = [name for name in PHASES if name in begins or name != "report"]  # a job may want none
        missing = [name for name in phases if name not in begins]
        expect(not missing, "the log has no event for", missing)
        seconds = {name: begins[then] - begins[name] for name, then in zip(phases, phases[1:])}
        seconds["after"] = max(0.02, total - sum(seconds.values()) -
                               (begins["prepare"] - (time.time() - total)))
        seconds["total"] = total
        return seconds


def complete_run(job, out, *extra, within=120, **how):
    """Runs to the end; returns stderr."""
    with Live(job, out, *extra, **how) as live:
        code = live.end(within)
        expect(code == 0, f"exit {code}\n{live.text()}")
        return live.text()
