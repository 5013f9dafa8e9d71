"""Stop signals to one rank or to mpirun, second signals, and mpirun itself killed."""

import collections
import random
import re
import shutil
import signal
import time

from checks import Watch, check_names, check_results, check_tiles, resume
from harness import PROMPT_S, Job, Live, Reference, expect, phase_of, events

STOPPED = 75
# Running tiles of this sample take some 20 ms; with the end of MPI a stop takes well under this.
STOP_S = 10


class Signals:
    """Cases in turn: a stop signal to a rank, two of them, USR1 to mpirun, mpirun killed and awaited,
    mpirun killed and the command given again at once."""

    KINDS = ("stop", "stop", "twice", "mpirun stopped", "mpirun killed", "mpirun killed, at once")

    def __init__(self, sample, work, seed):
        self.work = work
        self.seed = seed
        # More and smaller tiles: most of a run's time can be stopped.
        self.job = Job("signals", sample / "job.ini", work, "grid.resolution=1/600",
                       "grid.tile=32")
        self.reference = Reference(self.job, ranks=2)
        self.tally = collections.Counter()

    def case(self, number, say=lambda text: None):
        rng = random.Random(f"{self.seed}:signals:{number}")
        kind = self.KINDS[number % len(self.KINDS)]
        out = self.work / f"signals-{number}"
        {"stop": self.stop, "twice": self.twice, "mpirun stopped": self.stop_mpirun,
         "mpirun killed": self.kill_mpirun,
         "mpirun killed, at once": self.kill_mpirun_and_go_on}[kind](out, rng, say)
        resume(self.job, out, self.reference)
        shutil.rmtree(out)

    def moment(self, live, rng, watch):
        """A random moment after the handlers are in place (before, a signal simply ends the program),
        more often than not while tiles are computed."""
        if not live.wait_for_phase("prepare"):
            return
        if rng.random() < 0.6:
            live.wait_for_phase("tiles")
            live.pause(rng.uniform(0, self.reference.seconds["tiles"]), watch.look)
        else:
            seconds = self.reference.seconds
            live.pause(rng.uniform(0, seconds["total"] - seconds["after"]), watch.look)

    def after(self, live, out, code, allowed):
        """What holds after any end; returns what the run was doing."""
        phase = phase_of(events(live.log))
        text = live.text()
        expect(code in allowed, f"exit {code}, not one of {allowed}, in {phase}\n{text}")
        there = check_names(out, self.reference) if out.exists() else set()
        tiles = check_tiles(out, self.reference)
        expect((code == 0) <= ("run.json" in there), f"exit 0 without run.json\n{text}")
        if code == STOPPED:
            expect("run.json" not in there, "exit 75 of a complete output")
            said = re.search(r"(\d+) of (\d+) tiles", text)
            expect(said and int(said[2]) == len(self.reference.tiles) and int(said[1]) == len(tiles),
                   f"{len(tiles)} of {len(self.reference.tiles)} tiles are there; the run says\n{text}")
            expect("again" in text or "go on" in text, f"what to do is not said\n{text}")
        return phase

    def stop(self, out, rng, say):
        """A stop signal to a random rank: the whole job ends with 75, or had nothing left to stop."""
        sig = rng.choice((signal.SIGTERM, signal.SIGINT, signal.SIGUSR1))
        ranks = rng.choice((None, 1, 2, 3))
        say(f"{sig.name} to one of {ranks or 'no'} ranks")
        with Live(self.job, out, ranks=ranks, threads=rng.choice((1, 2))) as live, \
                Watch(out, self.reference.results) as watch:
            self.moment(live, rng, watch)
            pids = live.rank_pids()
            late = phase_of(events(live.log)) not in ("prepare", "tiles")
            if pids:
                live.send(rng.choice(pids), sig)
            code = live.end(STOP_S, watch.look)
            # MPI takes the handlers' place again while it ends.
            died = (-sig, 128 + sig) if late else ()
            phase = self.after(live, out, code, (STOPPED, 0, *died))
            if code == 0:
                expect(phase == "after", f"exit 0 in {phase}")
        self.tally[f"{sig.name} to a rank: exit {code}"] += 1

    def twice(self, out, rng, say):
        """Two signals in short order, as from a launcher and a terminal, are one stop. (One that comes
        later ends the job at once: tests/program/test_stop.py.)"""
        ranks = rng.choice((None, 2))
        say(f"two signals to one of {ranks or 'no'} ranks")
        with Live(self.job, out, ranks=ranks) as live, \
                Watch(out, self.reference.results) as watch:
            live.wait_for_phase("tiles")
            live.pause(rng.uniform(0, 0.5 * self.reference.seconds["tiles"]), watch.look)
            pids = live.rank_pids()
            if pids:
                pid = rng.choice(pids)
                live.send(pid, signal.SIGTERM)
                live.pause(rng.uniform(0, 0.02), watch.look)
                live.send(pid, signal.SIGTERM)
            code = live.end(STOP_S, watch.look)
            self.after(live, out, code, (STOPPED, 0))
        self.tally[f"two SIGTERM: exit {code}"] += 1

    def stop_mpirun(self, out, rng, say):
        """mpirun hands USR1 to all ranks and passes their exit code on."""
        say("SIGUSR1 to mpirun")
        with Live(self.job, out, ranks=rng.choice((1, 2, 3))) as live, \
                Watch(out, self.reference.results) as watch:
            self.moment(live, rng, watch)
            live.send(live.process.pid, signal.SIGUSR1)
            code = live.end(STOP_S, watch.look)
            ending = phase_of(events(live.log)) == "after"
            self.after(live, out, code, (STOPPED, 0, *((-10, 138) if ending else ())))
        self.tally[f"SIGUSR1 to mpirun: exit {code}"] += 1

    def orphan(self, out, rng, say, then, early):
        """Kills mpirun and nothing else; `then` is what happens before its ranks have ended."""
        ranks = rng.choice((1, 2, 3))
        say(f"SIGKILL to mpirun of {ranks} ranks")
        with Live(self.job, out, ranks=ranks) as live, \
                Watch(out, self.reference.results) as watch:
            if early:
                live.wait_for_tiles()
            else:
                self.moment(live, rng, watch)
            live.send(live.process.pid, signal.SIGKILL)
            live.process.wait()
            killed = time.monotonic()
            orphans = len(live.rank_pids())
            then()
            live.end(4 * PROMPT_S)
            self.tally["mpirun killed: orphaned ranks"] += orphans
            self.tally["longest life of an orphan, ms"] = max(
                self.tally["longest life of an orphan, ms"], int(1000 * (time.monotonic() - killed)))
        there = check_names(out, self.reference) if out.exists() else set()
        self.tally["mpirun killed: orphans published"] += "run.json" in there
        check_tiles(out, self.reference)

    def kill_mpirun(self, out, rng, say):
        """The orphans end by themselves and leave nothing half-written."""
        self.orphan(out, rng, say, lambda: None, early=rng.random() < 0.3)

    def kill_mpirun_and_go_on(self, out, rng, say):
        """The same command while orphans may still be at work: refused, or the right results."""
        def again():
            with Live(self.job, out, ranks=rng.choice((None, 2))) as live:
                code = live.end(60)
                text = live.text()
            if code == 0:
                check_results(out, self.reference)
            expect(code in (0, 1), f"exit {code}\n{text}")
            expect(code == 0 or str(out) in text, f"a refusal that names no folder\n{text}")
            self.tally[f"same command beside orphans: exit {code}"] += 1

        self.orphan(out, rng, say, again, early=rng.random() < 0.8)

    def summary(self):
        return "\n".join(f"{what}: {count}" for what, count in sorted(self.tally.items()))
