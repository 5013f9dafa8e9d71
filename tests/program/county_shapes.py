"""Polygons of the Guizhou counties, read with GDAL's Python and burnt with GDAL's rasteriser."""

import numpy as np
from osgeo import gdal, ogr

ogr.UseExceptions()


def shapes(path):
    """(code, geometry) of the counties of province 52, by code."""
    source = ogr.Open(str(path))
    layer = source.GetLayer(0)
    layer.SetAttributeFilter("Code_Province = '52'")
    found = sorted(((str(f.GetField("Code_County")), f.GetGeometryRef().Clone()) for f in layer),
                   key=lambda pair: pair[0])
    return found


def burn(found, west, north, cols, rows, step):
    """Index (1-based) of the county at every point of a lattice, 0 outside."""
    raster = gdal.GetDriverByName("MEM").Create("", cols, rows, 1, gdal.GDT_UInt16)
    raster.SetGeoTransform((west, step, 0, north, 0, -step))
    memory = ogr.GetDriverByName("Memory").CreateDataSource("zones")
    layer = memory.CreateLayer("zones", geom_type=ogr.wkbMultiPolygon)
    layer.CreateField(ogr.FieldDefn("index", ogr.OFTInteger))
    for i, (_, geometry) in enumerate(found, start=1):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("index", i)
        feature.SetGeometry(geometry)
        layer.CreateFeature(feature)
    gdal.RasterizeLayer(raster, [1], layer, options=["ATTRIBUTE=index"])
    return np.asarray(raster.ReadAsArray())
