"""What must hold of an output folder at any moment, and at the end."""

import ctypes
import os
import pathlib
import struct

from harness import Broken, Live, digest_of, expect, tile_content, tile_files


REPORT = "report.html"  # made from the results, after them
IN_MODIFY, IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE = 0x2, 0x40, 0x80, 0x100, 0x200


class Watch:
    """Follows a folder while a run writes it, every change in the order in which it was made (inotify):
    final names appear by renaming, run.json after all others; a file that bears one never changes.
    Finished tiles, looked at again and again, are never replaced."""

    def __init__(self, out, results):
        self.out = pathlib.Path(out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.results = set(results)
        self.there = {path.name for path in self.out.glob("[!.]*")}
        self.tiles = {}
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.events = self.libc.inotify_init1(os.O_NONBLOCK)
        expect(self.events >= 0 and self.libc.inotify_add_watch(
            self.events, os.fsencode(self.out),
            IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE) >= 0,
            "cannot watch", self.out)
        self.look()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.events)

    def look(self):
        for mask, name in self.changes():
            if not name.startswith("."):
                self.follow(mask, name)
        for name, fact in tile_files(self.out).items():
            before = self.tiles.setdefault(name, fact)
            expect(before == fact, f"{name} was finished and has been written again: "
                   f"{before}, {fact} (inode, modified, size)")

    def changes(self):
        while True:
            try:
                data = os.read(self.events, 1 << 16)
            except BlockingIOError:
                return
            while data:
                _, mask, _, size = struct.unpack_from("iIII", data)
                yield mask, data[16:16 + size].rstrip(b"\0").decode()
                data = data[16 + size:]

    def follow(self, mask, name):
        expect(not mask & IN_CREATE, f"{name} was written under its final name")
        expect(not mask & IN_MODIFY, f"{name} was changed under its final name")
        if mask & IN_MOVED_TO:
            expect("run.json" not in self.there or name == REPORT, f"{name} was published after run.json")
            self.there.add(name)
        elif mask & (IN_DELETE | IN_MOVED_FROM):
            self.there.discard(name)
        if name == "run.json" and mask & IN_MOVED_TO:
            missing = self.results - self.there - {REPORT}
            expect(not missing, "run.json was published before", sorted(missing))


def check_names(out, reference):
    """Every result that is there is whole and right; run.json only with all the others. Returns the
    names that are there."""
    out = pathlib.Path(out)
    there = {path.name for path in out.glob("[!.]*")}
    strangers = there - set(reference.results)
    expect(not strangers, "unfinished or foreign files in the output folder:", sorted(strangers))
    for name in sorted(there):
        try:
            same = digest_of(out / name) == reference.results[name]
        except Broken:
            raise
        except Exception as error:
            raise Broken(f"{name} bears its final name and cannot be read: {error!r}") from error
        expect(same, f"{name} bears its final name and differs from the undisturbed run's")
    if "run.json" in there:
        missing = set(reference.results) - there - {REPORT}
        expect(not missing, "run.json is there without", sorted(missing))
    return there


def check_tiles(out, reference):
    """Finished tiles hold what those of the undisturbed run hold. Returns them."""
    tiles = tile_files(out)
    for name in sorted(tiles):
        expect(name in reference.tiles, f"{name} is no tile of this job")
        try:
            same = tile_content(pathlib.Path(out) / ".tiles" / name) == reference.tiles[name]
        except (OSError, KeyError) as error:
            raise Broken(f"{name} bears a finished tile's name and cannot be read: "
                         f"{error!r}") from error
        expect(same, f"{name} differs from the undisturbed run's")
    return tiles


def check_results(out, reference):
    """The output is complete and the same as the undisturbed run's."""
    there = check_names(out, reference)
    missing = set(reference.results) - there
    expect(not missing, "the run ended well without", sorted(missing))


def check_kept(before, out):
    """No tile that was finished has been written again."""
    after = tile_files(out)
    for name, fact in before.items():
        expect(name in after, f"{name} was finished and is gone")
        expect(after[name] == fact, f"{name} was finished and has been written again")


def check_swept(out):
    """Nothing of the work is left in a published folder."""
    left = [name for name in (".tiles", ".unfinished") if (pathlib.Path(out) / name).exists()]
    expect(not left, "a complete output still holds", left)


def resume(job, out, reference):
    """The same command once more: the undisturbed run's results, and no tile computed again."""
    before = check_tiles(out, reference)
    complete = (pathlib.Path(out) / "run.json").exists()
    with Live(job, out, "--keep-tiles", ranks=2) as live:
        code = live.end(120)
        expect(code == 0, f"the resume ended with exit {code}\n{live.text()}")
    check_results(out, reference)
    if not complete:
        check_kept(before, out)
