#!/usr/bin/python3
"""Writes the hand-made seeds of zone_coverage_fuzz (format: zone_decoder.h) into a folder.

    zone_seeds.py [FOLDER]      by default corpus/zone_coverage beside this file
"""
import struct
import sys
from pathlib import Path

PROVINCE, ANTIMERIDIAN, GLOBE, METRES, MICROMETRES = range(5)
LATTICE, FINE, NUMBERS, STEPS, COPY, SHIFTED, BOX, FINE_BOX = range(8)


def head(kind, count):
    return bytes([kind << 5 | count - 1])


def lattice(*points):
    """Quarter cells from the corner."""
    return head(LATTICE, len(points)) + bytes(value for point in points for value in point)


def fine(*points):
    """Cells from the corner, of any fraction."""
    values = (round((value + 8) * 1024) for point in points for value in point)
    return head(FINE, len(points)) + b"".join(struct.pack("<H", value) for value in values)


def numbers(*points):
    """Coordinates themselves."""
    return head(NUMBERS, len(points)) + b"".join(struct.pack("<dd", *point) for point in points)


def steps(start, exponent, *moves):
    return head(STEPS, len(moves)) + struct.pack("BBB", *start, exponent) + b"".join(
        struct.pack("bb", *move) for move in moves)


def copy(which):
    return head(COPY, 1) + bytes([which])


def shifted(which, dx, dy):
    return head(SHIFTED, 1) + struct.pack("Bbb", which, dx, dy)


def box(x0, y0, x1, y1):
    return head(BOX, 1) + bytes([x0, y0, x1, y1])


def fine_box(*corners):
    return head(FINE_BOX, 1) + b"".join(
        struct.pack("<H", round((value + 8) * 1024)) for value in corners)


def polygon(exterior, *holes):
    return bytes([len(holes)]) + exterior + b"".join(holes)


def zone(*polygons):
    return bytes([len(polygons) - 1]) + b"".join(polygons)


def chart(grid, *zones, settle=False, tile=(1, 1)):
    switches = int(settle) | tile[0] << 1 | tile[1] << 4
    return bytes([grid, switches, len(zones) - 1]) + b"".join(zones)


def one(ring):
    return zone(polygon(ring))


NAN, INF = float("nan"), float("inf")
SEEDS = {
    "square": chart(PROVINCE, one(box(2, 2, 30, 30))),
    "square_inside_a_cell": chart(PROVINCE, one(fine_box(3.1, 3.2, 3.3, 3.9))),
    "triangle": chart(PROVINCE, one(fine((1.5, 1.25), (20.3, 4.7), (7.1, 18.9)))),
    "bow_tie": chart(PROVINCE, one(lattice((0, 0), (40, 40), (40, 0), (0, 40)))),
    "star": chart(PROVINCE, one(lattice((20, 0), (30, 60), (0, 20), (40, 20), (10, 60)))),
    "repeated_points": chart(PROVINCE, one(lattice((4, 4), (4, 4), (40, 4), (40, 4), (40, 40),
                                                 (4, 40), (4, 4)))),
    "two_points": chart(PROVINCE, one(lattice((4, 4), (40, 40)))),
    "line_there_and_back": chart(PROVINCE, one(lattice((4, 4), (40, 40), (4, 4)))),
    "spike": chart(PROVINCE, one(lattice((4, 4), (40, 4), (40, 40), (80, 80), (40, 40), (4, 40)))),
    "clockwise": chart(PROVINCE, one(lattice((4, 4), (4, 40), (40, 40), (40, 4)))),
    "hole": chart(PROVINCE, zone(polygon(box(4, 4, 60, 60), box(10, 10, 20, 20)))),
    "hole_outside": chart(PROVINCE, zone(polygon(box(4, 4, 20, 20), box(30, 30, 40, 40)))),
    "hole_over_the_border": chart(PROVINCE, zone(polygon(box(4, 4, 40, 40), box(30, 30, 60, 60)))),
    "hole_touches_the_border": chart(PROVINCE, zone(polygon(box(4, 4, 40, 40), box(4, 10, 20, 20)))),
    "hole_is_all": chart(PROVINCE, zone(polygon(box(4, 4, 40, 40), copy(0)))),
    "holes_overlap": chart(PROVINCE, zone(polygon(box(0, 0, 80, 80), box(10, 10, 40, 40),
                                                box(30, 30, 60, 60)))),
    "ring_order": chart(PROVINCE, zone(polygon(box(10, 10, 20, 20), box(4, 4, 60, 60)))),
    "parts_overlap": chart(PROVINCE, zone(polygon(box(0, 0, 40, 40)), polygon(box(20, 20, 60, 60)))),
    "parts_touch": chart(PROVINCE, zone(polygon(box(0, 0, 40, 40)), polygon(box(40, 0, 60, 40)))),
    "neighbours": chart(PROVINCE, one(lattice((0, 0), (40, 0), (37, 33), (0, 40))),
                      one(lattice((40, 0), (80, 0), (80, 40), (37, 33))), tile=(2, 1)),
    "island_in_a_hole": chart(PROVINCE, zone(polygon(box(0, 0, 80, 70),
                                                   fine((5, 5), (15.1, 4.9), (12.3, 14.7)))),
                            one(copy(1)), tile=(3, 2)),
    "enclave_settled": chart(PROVINCE, one(box(0, 0, 80, 70)), one(box(20, 20, 30, 30)),
                           settle=True),
    "slivers": chart(PROVINCE, one(fine((1, 1), (20, 3), (18, 17), (2, 16))), one(shifted(0, 3, -2)),
                   one(shifted(0, -7, 5)), settle=True),
    "overlaps_as_they_are": chart(PROVINCE, one(fine((1, 1), (20, 3), (18, 17), (2, 16))),
                                  one(shifted(0, 100, 90)), one(box(0, 0, 31, 29))),
    "same_zone_twice": chart(PROVINCE, one(box(3, 3, 33, 33)), one(shifted(0, 0, 0)), tile=(0, 0)),
    "four_in_a_cell": chart(PROVINCE, one(fine_box(4, 4, 4.3, 4.7)), one(fine_box(4.3, 4, 5, 4.7)),
                          one(fine_box(4, 4.7, 4.3, 5)), one(fine_box(4.3, 4.7, 5, 5))),
    "tiny_steps": chart(PROVINCE, one(steps((17, 17), 22, (1, 0), (1, 1), (-1, 1), (0, 1), (-1, -1)))),
    "long_edges": chart(PROVINCE, one(steps((17, 17), 0, (120, 3), (-100, 90), (-127, -1)))),
    "outside": chart(PROVINCE, one(numbers((0, 0), (1, 0), (1, 1), (0, 1)))),
    "whole_window_and_more": chart(PROVINCE, one(fine_box(-8, -8, 55.9, 55.9)), tile=(7, 7)),
    "not_a_number": chart(PROVINCE, one(numbers((105, 30), (105.1, NAN), (105.1, 29.9)))),
    "infinite": chart(METRES, one(numbers((0, 0), (INF, 0), (INF, INF), (0, 4e6)))),
    "huge": chart(METRES, one(numbers((-1e300, -1e300), (1e300, -1e300), (1e300, 1e300)))),
    "far": chart(MICROMETRES, one(numbers((-2e7, -2e7), (2e7, -2e7), (2e7, 2e7), (-2e7, 2e7))),
               one(numbers((-1e13, 0), (1e13, 0), (1e13, 1e13)))),
    "metres": chart(METRES, one(fine((0.1, 0.2), (25.3, 3.4), (12.7, 29.1))), one(box(80, 80, 99, 99))),
    "over_the_antimeridian": chart(ANTIMERIDIAN, one(numbers((175, 10), (-175, 10), (-175, -30),
                                                           (175, -30))), tile=(5, 1)),
    "beyond_180": chart(ANTIMERIDIAN, one(numbers((175, 10), (185, 10), (185, -30), (175, -30))),
                      one(box(0, 0, 20, 20))),
    "tall": chart(ANTIMERIDIAN, one(fine((0.3, 0.3), (9.7, 0.5), (9.9, 53.2), (0.2, 52.9))),
                tile=(6, 0)),
    "round_the_pole": chart(GLOBE, one(numbers((-120, 80), (0, 75), (120, 80)))),
    "band_round_the_globe": chart(GLOBE, zone(polygon(numbers((-120, 40), (0, 40), (120, 40)),
                                                    numbers((-120, -10), (0, -10), (120, -10))))),
    "globe": chart(GLOBE, one(numbers((-180, -90), (180, -90), (180, 90), (-180, 90))), tile=(2, 4)),
    "twice_round": chart(GLOBE, one(numbers((-120, 40), (0, 40), (120, 40), (-120, 30), (0, 30),
                                          (120, 30)))),
    "hole_far_away": chart(PROVINCE, zone(polygon(box(4, 4, 40, 40), numbers(
        (105, 30), (1e18, 30), (105, 29.9))))),
    "no_degrees": chart(GLOBE, one(numbers((500000, 4e6), (600000, 4e6), (600000, 5e6)))),
}


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1
                  else Path(__file__).parent / "corpus" / "zone_coverage")
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in SEEDS.items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
