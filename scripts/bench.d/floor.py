"""The floor of a run: its source blocks inflated once, its chunks compressed and written once, by the
same ranks, with no arithmetic (tests/bench/floor/floor.cpp)."""

import fractions
import json
import subprocess
import time
import zlib

import h5py
import numpy as np
from osgeo import gdal

gdal.UseExceptions()


def tile_boxes(out, grid, tile):
    """Longitudes and latitudes of the tiles that a kept store holds: west, east, south, north."""
    across = -(-grid["columns"] // tile)
    size = tile * float(fractions.Fraction(grid["resolution"]))
    left, bottom, right, top = grid["bounds"]
    boxes = []
    for path in sorted((out / ".tiles").glob("tile_*.h5")):
        row, col = divmod(int(path.stem.split("_")[1]), across)
        west, north = left + col * size, top - row * size
        boxes.append((west, min(west + size, right), max(north - size, bottom), north))
    return boxes


def blocks_of_tiff(path, boxes):
    """Lines for cnci_floor: every block of a GeoTIFF that a box overlaps, each once."""
    data = gdal.Open(str(path))
    x0, dx, _, y0, _, dy = data.GetGeoTransform()
    width, height = data.GetRasterBand(1).GetBlockSize()
    cells = set()
    for west, east, south, north in boxes:
        cols = (np.array([west, east]) - x0) / dx
        rows = (np.array([north, south]) - y0) / dy
        first_col, last_col = np.clip(np.round(cols), 0, data.RasterXSize).astype(int)
        first_row, last_row = np.clip(np.round(rows), 0, data.RasterYSize).astype(int)
        for by in range(first_row // height, -(-last_row // height)):
            cells.update((by, bx) for bx in range(first_col // width, -(-last_col // width)))
    lines = []
    for number in range(1, data.RasterCount + 1):
        band = data.GetRasterBand(number)
        item = gdal.GetDataTypeSize(band.DataType) // 8
        for by, bx in sorted(cells):
            offset = band.GetMetadataItem(f"BLOCK_OFFSET_{bx}_{by}", "TIFF")
            size = band.GetMetadataItem(f"BLOCK_SIZE_{bx}_{by}", "TIFF")
            if offset is not None:
                lines.append((path, offset, size, width * height * item, path, number, bx, by))
    return lines


def blocks_of_netcdf(path, variable, boxes):
    """As blocks_of_tiff, for chunks over whole rows of a planet's grid with ascending latitudes."""
    north, south = max(box[3] for box in boxes), min(box[2] for box in boxes)
    lines = []
    with h5py.File(path, "r") as file:
        data = file[variable]
        rows, cols = data.chunks
        edges = 90 / data.shape[0] * 2
        for index in range(data.id.get_num_chunks()):
            info = data.id.get_chunk_info(index)
            low = -90 + info.chunk_offset[0] * edges
            if low < north and low + rows * edges > south:
                lines.append((path, info.byte_offset, info.size, rows * cols * data.dtype.itemsize,
                              f'NETCDF:"{path}":{variable}', 1, 0,
                              data.shape[0] // rows - 1 - info.chunk_offset[0] // rows))
    return lines


def write_planes(out, path):
    """All chunks of the cubes, inflated but still shuffled; returns the bytes of one."""
    size = 0
    with open(path, "wb") as planes:
        for cube in sorted(out.glob("cube*.nc")):
            with h5py.File(cube, "r") as file:
                for data in file.values():
                    if getattr(data, "chunks", None) is None or data.ndim != 3:
                        continue
                    size = int(np.prod(data.chunks)) * data.dtype.itemsize
                    for index in range(data.id.get_num_chunks()):
                        at = data.id.get_chunk_info(index).chunk_offset
                        planes.write(zlib.decompress(data.id.read_direct_chunk(at)[1]))
    return size


class Floor:
    """Prepared from a finished run that kept its tiles."""

    def __init__(self, program, sample, out, facts, folder):
        self.program = program
        self.folder = folder
        boxes = tile_boxes(out, facts["grid"], int(facts["job"]["grid.tile"]))
        lines = []
        for path in sorted(sample.glob("*.tif")):
            lines += blocks_of_tiff(path, boxes)
        for path in sorted(sample.glob("emissions_*.nc")):
            lines += blocks_of_netcdf(path, "fluxes", boxes)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "blocks").write_text("".join("\t".join(map(str, line)) + "\n" for line in lines),
                                       encoding="utf-8")
        self.needed_bytes = sum(line[3] for line in lines)
        self.chunk = write_planes(out, folder / "planes")

    def measure(self, launch, env, reader):
        """Seconds from the start of mpirun to its end, and what the floor says of itself."""
        command = [*launch, self.program, str(self.folder / "blocks"), str(self.folder / "planes"),
                   str(self.chunk), str(self.folder / "written"), reader]
        start = time.monotonic()
        done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
        return time.monotonic() - start, json.loads(done.stdout.splitlines()[-1])
