"""What QGIS sees in layers: prints one JSON object by name.

Usage: read_qgis.py NAME=raster|vector:SOURCE...    without a display: QT_QPA_PLATFORM=offscreen
"""

import json
import sys

from qgis.core import QgsApplication, QgsPointXY, QgsRasterLayer, QgsVectorLayer


def raster(source):
    layer = QgsRasterLayer(source, "layer", "gdal")
    extent = layer.extent()
    provider = layer.dataProvider()
    seen = {"bands": layer.bandCount(), "size": [layer.width(), layer.height()], "middle": None}
    if layer.isValid():
        middle = QgsPointXY(extent.center())
        value, has_value = provider.sample(middle, 1)
        seen["middle"] = value if has_value else None
    return layer, seen


def vector(source):
    layer = QgsVectorLayer(source, "layer", "ogr")
    return layer, {"features": layer.featureCount(), "fields": [f.name() for f in layer.fields()]}


def main():
    application = QgsApplication([], False)
    application.initQgis()
    layers = {}
    for argument in sys.argv[1:]:
        name, source = argument.split("=", 1)
        kind, source = source.split(":", 1)
        layer, seen = {"raster": raster, "vector": vector}[kind](source)
        extent = layer.extent()
        seen.update(valid=layer.isValid(), crs=layer.crs().authid(),
                    extent=[extent.xMinimum(), extent.yMinimum(), extent.xMaximum(),
                            extent.yMaximum()])
        layers[name] = seen
    print(json.dumps(layers))
    del layer  # before what it lives on
    application.exitQgis()


if __name__ == "__main__":
    main()
