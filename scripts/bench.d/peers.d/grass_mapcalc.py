#!/usr/bin/python3
"""GRASS: r.mapcalc and r.univar in a temporary location, two processes, one for each half of the rows.

    grass_mapcalc.py SAMPLE OUT

Inputs are linked with r.external. GDAL makes of them what GRASS cannot: pixel-centre counties, NPP by
area from a sinusoidal grid (r.proj only interpolates) and evapotranspiration that stays valid beside
missing cells. r.mapcalc has no loops, so that the iteration for calcium stands there ROUNDS times; it
computes no function of a null, so that only carbonate cells cost much."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from osgeo import gdal, osr

import equations
from sample import FLUXES, GTIFF, PER_DEGREE, Sample

ROUNDS = 7  # the eighth digit of calcium stands


def graph(name, table, classes):
    """A table of classes as a function of r.mapcalc."""
    pairs = ", ".join(f"{number}, {table[number]:.17g}" for number in classes)
    return f"graph({name}, {pairs})"


def expressions(sample, precipitation, npp, soc, part):
    """What r.mapcalc computes: the fluxes of a half, and the tonnes of its cells.

    precipitation: names of its maps; npp and soc: terms, in g and kg C m-2."""
    a, b, c, d, e = equations.CALCITE
    p_scale = float(sample.option("precipitation", "scale", 1))
    rocks = [number for number in range(1, 17) if number != 15]
    soils = np.flatnonzero(~np.isnan(sample.shielding()))
    lines = [
        "k = if(lithology == 15 || isnull(zones), null(), lithology)",
        f"b = {graph('k', equations.B, rocks)}",
        f"cp = {graph('k', equations.CP, rocks)}",
        f"sa = {graph('k', equations.SA, rocks)}",
        f"s = {graph('soil', sample.shielding(), soils)}",
        f"p = if(isnull(zones), null(), {p_scale!r} * double({' + '.join(precipitation)}))",
        "et = double(evapotranspiration)",
        "q = if(p > et, p - et, 0.0)",
        "t = double(temperature)",
        # carbonate
        "w = if(k == 6 && q > 0, if(t < 0, 0.0, if(t > 50, 50.0, t)) + 273.15, null())",
        "log_pco2 = -3.47 + 2.09 * (1 - exp(-0.00172 * et))",
        f"root = exp(10, ({a!r} + {b!r} * w + ({c!r} + {e!r} / w) / w + {d / np.log(10)!r} * log(w)"
        " + log_pco2) / 3)",
        "permittivity = 2727.586 + 0.6224107 * w - 466.9151 * log(w) - 52000.87 / w",
        "s1 = 647.26 - w",
        "s2 = exp(s1, 1 / 3.0)",
        "density = (1 + 0.1342489 * s2 - 3.946263e-3 * s1) /"
        " (3.1975 - 0.3151548 * s2 - 1.203374e-3 * s1 + 7.48908e-13 * s1 * s1 * s1 * s1)",
        "da = 1824827.7 * sqrt(density) / exp(permittivity * w, 1.5)",
        "db = 50.2905 * sqrt(density / (permittivity * w))",
        "ca0 = root"]
    for step in range(ROUNDS):
        lines += [f"i{step} = sqrt(3 * ca{step})",
                  f"ca{step + 1} = root * exp({np.log(10) / 3!r} * (da * i{step} *"
                  f" (4 / (1 + 5 * db * i{step}) + 2 / (1 + 5.4 * db * i{step}))"
                  f" - 0.165 * 3 * ca{step}))"]
    lines += [
        f"v_ccsf = if(k != 6, 0.0, if(q == 0, 0.0, 44.0095 * q * ca{ROUNDS}))",
        # silicate
        f"x = if(b > 0 && q > 0, {1000 / equations.GAS!r} * (1 / 284.2 - 1 / (t + 273.15)), null())",
        f"v_scsf = if(b == 0, 0.0, if(q == 0, 0.0, {equations.C_TO_CO2!r} * q * s * b *"
        " ((1 - cp) * exp(sa * x) + if(cp > 0, 0.5 * cp * exp(14 * x), 0.0))))",
        # vegetation and soil
        f"c = {soc}",
        "m = p / 1000",
        "rs = 1.55 * exp(0.031 * t) * (m / (m + 0.68)) * (c / (c + 2.23))",
        f"v_nep = {equations.C_TO_CO2!r} * ({npp} - 616.3 * exp(rs, 0.7918))",
        "v_ce = if(isnull(zones), null(), emissions)",
        "v_sink = if(isnull(v_ccsf) && isnull(v_scsf) && isnull(v_nep), null(), if(isnull(v_ccsf), 0, v_ccsf)"
        " + if(isnull(v_scsf), 0, v_scsf) + if(isnull(v_nep), 0, v_nep))"]
    text = "eval(" + ", \\\n".join(lines) + ")\n"
    for name in FLUXES:
        text += f"{name}_{part} = float(v_{name})\n"
        text += f"{name}_t_{part} = v_{name} * area() / 1000000.0\n"
    return text


def run(module, flags="", env=None, text=None, **options):
    """Runs a module of GRASS; returns what it prints."""
    command = [module, "--quiet", "--overwrite", *(f"-{flag}" for flag in flags),
               *(f"{name}={value}" for name, value in options.items())]
    done = subprocess.run(command, env=env, check=True, input=text, stdout=subprocess.PIPE, text=True)
    return done.stdout


def save(array, path, west, north, step):
    """A GeoTIFF of an array, not compressed, NaN where missing."""
    data = gdal.GetDriverByName("GTiff").Create(
        str(path), array.shape[1], array.shape[0], 1,
        gdal.GDT_UInt16 if array.dtype == np.uint16 else gdal.GDT_Float32)
    data.SetGeoTransform((west, step, 0, north, 0, -step))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(4326)
    data.SetProjection(reference.ExportToWkt())
    data.GetRasterBand(1).SetNoDataValue(0 if array.dtype == np.uint16 else np.nan)
    data.GetRasterBand(1).WriteArray(array)


def warp(source, path, sample, method):
    """A file, or an array in the place of a file's values, on the grid, as float32."""
    return gdal.Warp(str(path), source, outputBounds=sample.bounds(), width=sample.cols, height=sample.rows,
                     dstSRS="EPSG:4326", resampleAlg=method, outputType=gdal.GDT_Float32,
                     dstNodata=np.nan, multithread=True, warpOptions=["NUM_THREADS=2"],
                     format="GTiff" if path else "MEM")


def warp_npp(sample, path):
    """The mean of a sinusoidal file by area, where half of a cell is valid, in the file's unit."""
    source = gdal.Open(sample.path("npp.tif"))
    values = source.ReadAsArray().astype(np.float32)
    valid = values <= 32760
    planes = []
    for plane in (np.where(valid, values, np.nan), valid.astype(np.float32)):
        data = gdal.GetDriverByName("MEM").Create("", *plane.shape[::-1], 1, gdal.GDT_Float32)
        data.SetGeoTransform(source.GetGeoTransform())
        data.SetProjection(source.GetProjection())
        data.GetRasterBand(1).SetNoDataValue(np.nan)
        data.GetRasterBand(1).WriteArray(plane)
        planes.append(warp(data, "", sample, "average").ReadAsArray())
    save(np.where(planes[1] >= 0.5, planes[0], np.float32(np.nan)), path, sample.west, sample.north,
         1 / PER_DEGREE)


def link_inputs(sample, folder):
    """Links all layers; returns the names of the bands of precipitation and a mapcalc term for NPP."""
    zones = sample.zones()
    save(zones, folder / "zones.tif", sample.west, sample.north, 1 / PER_DEGREE)
    emissions, row_of, col_of = sample.emissions(zones)
    step = PER_DEGREE // 10
    save(emissions, folder / "emissions.tif", (sample.first_col // step) / 10, -(-sample.top // step) / 10,
         0.1)
    assert emissions.shape == (row_of[-1] + 1, col_of[-1] + 1)
    warp(sample.path("evapotranspiration.tif"), folder / "evapotranspiration.tif", sample, "bilinear")
    npp = gdal.Open(sample.path("npp.tif"))
    scale = float(sample.option("npp", "scale", npp.GetRasterBand(1).GetScale() or 1)) * 1000
    sinusoidal = not npp.GetSpatialRef().IsGeographic()
    if sinusoidal:
        warp_npp(sample, folder / "npp.tif")
    for name in ("zones", "emissions", "evapotranspiration"):
        run("r.external", "o", input=folder / f"{name}.tif", output=name)
    run("r.external", "o", input=folder / "npp.tif" if sinusoidal else sample.path("npp.tif"), output="npp")
    for name in ("temperature", "soc", "lithology", "soil"):
        run("r.external", "o", input=sample.path(f"{name}.tif"), output=name)
    bands = gdal.Open(sample.path("precipitation.tif")).RasterCount
    run("r.external", "o", input=sample.path("precipitation.tif"), output="precipitation")
    precipitation = [f"precipitation.{band}" for band in range(1, bands + 1)]
    return (precipitation if bands > 1 else ["precipitation"],
            f"{scale!r} * if(npp <= 32760, npp, null())")


def inside(sample, out, folder):
    """In a session of GRASS."""
    import grass.script as grass  # pylint: disable=import-error,import-outside-toplevel

    west, south, east, north = sample.bounds()
    run("g.region", w=repr(west), s=repr(south), e=repr(east), n=repr(north), rows=sample.rows,
        cols=sample.cols)
    precipitation, npp = link_inputs(sample, folder)
    soc = gdal.Open(sample.path("soc.tif"))
    soc_scale = soc.GetRasterBand(1).GetScale() * 0.1  # t ha-1 to kg m-2
    parts = round(1 / (soc.GetGeoTransform()[1] * PER_DEGREE))
    middle = north - sample.rows // 2 / PER_DEGREE

    def half(part):
        rows = sample.rows // 2 if part == 1 else sample.rows - sample.rows // 2
        env = dict(os.environ, GRASS_REGION=grass.region_env(
            n=repr(north if part == 1 else middle), s=repr(middle if part == 1 else south),
            rows=rows, cols=sample.cols))
        cells = "soc"
        if parts > 1:
            cells = f"soc_{part}"
            run("r.resamp.stats", env=env, input="soc", output=cells, method="average")
        run("r.mapcalc", env=env, file="-",
            text=expressions(sample, precipitation, npp, f"{soc_scale!r} * {cells}", part))
        totals = np.zeros((len(FLUXES), max(sample.counties) + 1))
        for index, name in enumerate(FLUXES):
            table = run("r.univar", "t", env=env, map=f"{name}_t_{part}", zones="zones", separator="comma")
            header, *rows_of_table = [line.split(",") for line in table.splitlines()]
            zone, total = header.index("zone"), header.index("sum")
            for row in rows_of_table:
                totals[index, int(row[zone])] = float(row[total])
        return totals

    def export(name):
        run("r.buildvrt", input=f"{name}_1,{name}_2", output=name)
        run("r.out.gdal", "cm", input=name, output=out / f"{name}.tif", type="Float32", nodata="nan",
            createopt=",".join(f"{key}={value}" for key, value in GTIFF.items()))

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        totals = sum(pool.map(half, (1, 2)))
        list(pool.map(export, ("sink", "nep", "scsf", "ccsf", "ce")))
    sample.write_zones(out, totals)


def main():
    if sys.argv[1] == "--inside":
        inside(Sample(sys.argv[2]), *map(pathlib.Path, sys.argv[3:5]))
        return
    out = pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        env = dict(os.environ, GRASS_COMPRESSOR="LZ4", TMPDIR=folder)
        done = subprocess.run(["grass", "--tmp-location", "EPSG:4326", "--exec", sys.executable, __file__,
                               "--inside", sys.argv[1], out.resolve(), folder], env=env, check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.stderr)


if __name__ == "__main__":
    main()
