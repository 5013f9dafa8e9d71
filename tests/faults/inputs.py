"""Inputs that are damaged, cut off, removed, exchanged or touched, before and during a run."""

import collections
import contextlib
import os
import random
import re
import shutil
import signal

from checks import check_kept, check_names, check_results, check_tiles, resume
from harness import Job, Live, Reference, expect, tile_files
from kills import SINGLE


class Inputs:
    """Every case spoils one input of a sample, and brings it back as it was."""

    def __init__(self, sample, work, seed):
        self.work = work
        self.seed = seed
        self.sample = work / "inputs"
        shutil.copytree(sample, self.sample)
        for path in self.sample.glob("*.tif"):
            small_blocks(path)
        self.job = Job("inputs", self.sample / "job.ini", work, *SINGLE)
        self.reference = Reference(self.job)
        self.tally = collections.Counter()
        rasters = ("precipitation.tif", "npp.tif", "soc.tif", "temperature.tif", "lithology.tif",
                   "soil.tif")
        changing = ("soc.tif", "npp.tif", "precipitation.tif", "emissions_2019.nc", "lithology.tif")
        self.all = [*((self.bad_block, name) for name in rasters), (self.bad_job, "soc.tif"),
                    *((act, name) for act in (self.cut, self.remove, self.exchange)
                      for name in changing),
                    *((self.touch, name) for name in ("soc.tif", "counties.gpkg", "population.csv"))]

    def case(self, number, say=lambda text: None):
        act, name = self.all[number]
        rng = random.Random(f"{self.seed}:inputs:{number}")
        say(f"{act.__name__} {name}")
        out = self.work / f"inputs-{number}"
        path = self.sample / name
        saved = self.work / "saved"
        shutil.copy2(path, saved)
        try:
            act(path, out, rng)
        finally:
            self.restore(saved, path)
        resume(self.job, out, self.reference)
        shutil.rmtree(out)

    @staticmethod
    def restore(saved, path):
        """The same bytes with the same time of modification; resumes accept nothing else."""
        path.unlink(missing_ok=True)
        shutil.copy2(saved, path)

    def bad_job(self, path, out, rng):
        """A block that cannot be inflated from the start: refused by the check, or as in mid-run."""
        damage_block(path, rng)
        with Live(self.job, out, ranks=rng.choice((None, 2))) as live:
            code = live.end(60)
            text = live.text()
        expect(code == 1 and str(path) in text, f"exit {code}\n{text}")
        self.tally["bad block from the start"] += 1

    def bad_block(self, path, out, rng):
        """A block that cannot be inflated in mid-run: its tiles fail, each naming file, band, window;
        the others finish; so again on the next run, which computes only those that failed."""
        with Live(self.job, out, ranks=rng.choice((None, 2, 3)), threads=rng.choice((1, 2))) as live:
            live.wait_for_phase("tiles")
            pids = live.rank_pids()
            live.send_all(pids, signal.SIGSTOP)
            band = damage_block(path, rng)
            live.send_all(pids, signal.SIGCONT)
            code = live.end(60)
            text = live.text()
        kept = check_tiles(out, self.reference)
        failed = len(self.reference.tiles) - len(kept)
        expect(code == 1, f"exit {code}\n{text}")
        for pattern in (re.escape(str(path)), rf"\bband {band}\b", r"window|columns|block",
                        r"\btile \d+", rf"\b{failed} of {len(self.reference.tiles)} tiles failed"):
            expect(re.search(pattern, text), f"not said: {pattern}; {failed} tiles are not there\n{text}")
        expect(kept, f"one bad block, and no tile finished\n{text}")
        self.tally["tiles that failed with their block"] += failed
        self.tally["tiles that finished beside them"] += len(kept)

    def spoil(self, out, rng, act):
        """Calls `act` in mid-run, while all processes stand still: at once after the check, or after
        some tiles. The run fails and names the file, or had what it needed."""
        early = rng.random() < 0.5
        with Live(self.job, out, ranks=rng.choice((None, 2, 3))) as live:
            if early:
                live.wait_for_phase("tiles")
            else:
                live.wait_for_tiles(rng.randrange(1, 6))
            pids = live.rank_pids()
            live.send_all(pids, signal.SIGSTOP)
            path = act()
            live.send_all(pids, signal.SIGCONT)
            code = live.end(60)
            text = live.text()
        expect(code in (0, 1), f"exit {code}\n{text}")
        if code == 0:
            check_results(out, self.reference)
        else:
            expect(path.name in text, f"{path} is not named\n{text}")
            there = check_names(out, self.reference)
            expect("run.json" not in there, "a failed run looks complete")
            check_tiles(out, self.reference)
        self.tally[f"{'after the check' if early else 'after some tiles'}: exit {code}"] += 1

    def cut(self, path, out, rng):
        def act():
            os.truncate(path, int(path.stat().st_size * rng.uniform(0.05, 0.9)))
            return path

        self.spoil(out, rng, act)

    def remove(self, path, out, rng):
        def act():
            path.unlink()
            return path

        self.spoil(out, rng, act)

    def exchange(self, path, out, rng):
        """Another file, as good as the first, with other values."""
        other = path.with_name("other-" + path.name)
        shutil.copy2(path, other)
        if path.suffix == ".nc":
            import netCDF4

            with netCDF4.Dataset(other, "a") as data:
                data["fluxes"][...] = data["fluxes"][...] * 2
        else:
            from osgeo import gdal

            gdal.UseExceptions()
            with contextlib.closing(_Raster(gdal.Open(str(other), gdal.GA_Update))) as data:
                band = data.raster.GetRasterBand(1)
                band.WriteArray(band.ReadAsArray()[::-1])
        def act():
            other.rename(path)
            return path

        self.spoil(out, rng, act)

    def touch(self, path, out, rng):
        """An interrupted run does not go on with an input that is not the same: it says which."""
        with Live(self.job, out, ranks=2) as live:
            live.wait_for_tiles(2)
            live.send_all(live.rank_pids(), signal.SIGKILL)
            live.end(10)
        before = tile_files(out)
        stat = path.stat()
        moved = stat.st_mtime_ns + rng.choice((-1, 1)) * rng.randrange(1, 4) * 10**9
        os.utime(path, ns=(stat.st_atime_ns, moved))
        with Live(self.job, out) as live:
            code = live.end(60)
            text = live.text()
        expect(code == 1 and str(path) in text and "--fresh" in text, f"exit {code}\n{text}")
        check_kept(before, out)
        self.tally["touched between runs: refused"] += 1

    def summary(self):
        return "\n".join(f"{what}: {count}" for what, count in sorted(self.tally.items()))


def small_blocks(path):
    """Gives a GeoTIFF blocks of 16 x 16 cells, so that one bad block leaves most tiles alone."""
    from osgeo import gdal

    gdal.UseExceptions()
    other = path.with_name("blocks-" + path.name)
    gdal.Translate(str(other), str(path), creationOptions=["TILED=YES", "BLOCKXSIZE=16",
                                                           "BLOCKYSIZE=16", "COMPRESS=DEFLATE",
                                                           "INTERLEAVE=BAND"])
    other.rename(path)


def damage_block(path, rng):
    """Spoils the head of a block's zlib stream, in the middle of the raster. (GDAL does not verify
    checksums: changed literals further on would be other values to it, no error.) Returns the
    band."""
    from osgeo import gdal

    gdal.UseExceptions()
    data = gdal.Open(str(path))
    band = rng.randrange(data.RasterCount) + 1
    size = data.GetRasterBand(band).GetBlockSize()
    x, y = data.RasterXSize // 2 // size[0], data.RasterYSize // 2 // size[1]
    start = int(data.GetRasterBand(band).GetMetadataItem(f"BLOCK_OFFSET_{x}_{y}", "TIFF"))
    del data
    stat = path.stat()
    with open(path, "r+b") as file:
        file.seek(start)
        file.write(b"\xff" * 16)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    return band


class _Raster:
    """A GDAL dataset that is written out when closed."""

    def __init__(self, raster):
        self.raster = raster

    def close(self):
        self.raster.FlushCache()
        self.raster = None
