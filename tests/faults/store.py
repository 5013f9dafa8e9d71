"""Tile stores with damaged, exchanged and foreign files: every one is named, computed again, and the
results are those of an undisturbed run."""

import collections
import os
import random
import re
import shutil

from checks import check_kept, check_results, check_tiles
from harness import Job, Live, Reference, expect, tile_files
from kills import SINGLE


def flip(path, rng):
    """Turns one bit of the file, anywhere in it."""
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def truncate(path, rng):
    os.truncate(path, rng.randrange(1, path.stat().st_size))


def empty(path, _rng):
    os.truncate(path, 0)


def lengthen(path, rng):
    with open(path, "ab") as file:
        file.write(rng.randbytes(rng.randrange(1, 5000)))


def blank(path, rng):
    """A page of zeros, as a file system leaves it after a power cut."""
    size = path.stat().st_size
    with open(path, "r+b") as file:
        file.seek(rng.randrange(max(1, size // 4096)) * 4096)
        file.write(bytes(min(4096, size - file.tell())))


def scramble(path, rng):
    path.write_bytes(rng.randbytes(path.stat().st_size))


def lead_nowhere(path, _rng):
    path.unlink()
    path.symlink_to("nowhere.h5")


class Store:
    """Each case is a complete store of which some files are damaged; or whose identity is."""

    ODD = (truncate, empty, lengthen, blank, scramble, lead_nowhere)
    FLIPS = 6

    def __init__(self, sample, work, seed):
        self.work = work
        self.seed = seed
        self.job = Job("store", sample / "job.ini", work, *SINGLE)
        self.reference = Reference(self.job)
        other = Job("other", sample / "job.ini", work, *SINGLE, "silicate.preset=silicate_only")
        self.other = Reference(other).out / ".tiles"
        self.by_kind = collections.Counter()
        self.identity = collections.Counter()

    @property
    def damaged(self):
        return sum(self.by_kind.values())

    @property
    def every_kind(self):
        return len(self.by_kind) == len(self.ODD) + 5

    def case(self, number, say=lambda text: None):
        rng = random.Random(f"{self.seed}:store:{number}")
        out = self.work / f"store-{number}"
        shutil.copytree(self.reference.out / ".tiles", out / ".tiles", symlinks=True)
        if number % 3 == 2:
            self.damage_identity(out, rng, say)
        else:
            self.damage_tiles(out, number, rng, say)
        shutil.rmtree(out)

    def damage_tiles(self, out, number, rng, say):
        store = out / ".tiles"
        names = rng.sample(sorted(self.reference.tiles), len(self.reference.tiles))
        bad = {}

        def damage(kind, act, count=1):
            for _ in range(count):
                bad[names.pop()] = kind
                act()
            self.by_kind[kind] += count

        damage("flip", lambda: flip(store / next(reversed(bad)), rng), self.FLIPS)
        odd = self.ODD[(number - number // 3) % len(self.ODD)]  # every third damages the identity
        damage(odd.__name__, lambda: odd(store / next(reversed(bad)), rng))
        damage("of another job",
               lambda: shutil.copy2(self.other / next(reversed(bad)), store / next(reversed(bad))))
        # Two good tiles, each under the other's name.
        first, second = names.pop(), names.pop()
        bad[first] = bad[second] = "exchanged"
        self.by_kind["exchanged"] += 2
        (store / first).rename(store / "aside")
        (store / second).rename(store / first)
        (store / "aside").rename(store / second)
        # A good tile under a number that the job does not have.
        beyond = f"tile_{rng.randrange(10**6, 10**7):08d}.h5"
        shutil.copy2(store / names[-1], store / beyond)
        bad[beyond] = "beyond"
        self.by_kind["beyond"] += 1
        stranger = f"tile_{rng.randrange(100)}.h5.bak"
        (store / stranger).write_bytes(rng.randbytes(100))
        bad[stranger] = "stranger"
        self.by_kind["stranger"] += 1

        say(f"{bad}")
        good = {name: fact for name, fact in tile_files(out).items() if name not in bad}
        with Live(self.job, out, "--keep-tiles", ranks=rng.choice((None, 2))) as live:
            code = live.end(120)
            text = live.text()
        expect(code == 0, f"exit {code} of a run with {bad}\n{text}")
        warned = "\n".join(line for line in text.splitlines() if "warning" in line)
        for name, kind in bad.items():
            expect(name in warned, f"no warning names {name} ({kind})\n{text}")
            left = (store / name).exists()
            expect(left or kind != "stranger", f"{name} is no run's and was removed")
        for name in good:
            expect(name not in warned, f"{name} is whole and was warned of\n{warned}")
        check_kept(good, out)
        expect(f"resuming: {len(good)} of" in text, f"{len(good)} tiles are whole\n{text}")
        check_results(out, self.reference)
        (store / stranger).unlink()
        there = {name for name in check_tiles(out, self.reference)}
        expect(there == set(self.reference.tiles), f"tiles: {there ^ set(self.reference.tiles)}")

    def damage_identity(self, out, rng, say):
        """The store's identity: named in a warning or a refusal, and nothing wrong comes out."""
        path = out / ".tiles" / "identity.json"
        act = rng.choice((flip, flip, flip, truncate, empty, scramble))
        act(path, rng)
        say(f"{act.__name__} identity.json")
        with Live(self.job, out, "--keep-tiles") as live:
            code = live.end(120)
            text = live.text()
        self.identity[f"identity.json: {act.__name__}, exit {code}"] += 1
        expect(code in (0, 1), f"exit {code}\n{text}")
        expect(re.search(r"identity\.json|holds tiles of another", text),
               f"{act.__name__} of identity.json was not noticed\n{text}")
        if code != 0:
            expect("--fresh" in text, f"what to do is not said\n{text}")
            with Live(self.job, out, "--keep-tiles", "--fresh") as live:
                expect(live.end(120) == 0, live.text())
        check_results(out, self.reference)

    def summary(self):
        counts = {**self.by_kind, **self.identity}
        return f"{self.damaged} damaged tiles and strangers: " + ", ".join(
            f"{what} {count}" for what, count in sorted(counts.items()))
