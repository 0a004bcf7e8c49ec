"""Reads layers of an OGC API: all features, those in a box, those of a filter; draws tiles."""


def main(asked):
    if "tiles" in asked:
        return _drawn(**asked["tiles"])
    return {name: _read(asked, name) for name in asked["collections"]}


def _read(asked, name):
    from qgis.core import QgsFeatureRequest, QgsRectangle, QgsVectorLayer

    source = (
        f" url='{asked['url']}' typename='{name}' version='OGC_API_FEATURES'"
        f" pagingEnabled='true' pageSize='{asked['page']}'"
    )
    if "key" in asked:  # as a connection with basic authentication has it
        source += f" username='anybody' password='{asked['key']}'"
    layer = QgsVectorLayer(source, name, "OAPIF")
    if not layer.isValid():
        return {"valid": False, "error": layer.dataProvider().error().message()}
    whole = list(layer.getFeatures())
    fields = [field.name() for field in layer.fields()]
    told = {
        "valid": True,
        "fields": fields,
        "features": len(whole),
        "count": layer.featureCount(),
        "distinct": len({feature.geometry().asWkt(7) for feature in whole}),
        "harm": sum(feature["harm"] for feature in whole) if "harm" in fields else None,
        "extent": _box(layer.extent()),
        "crs": layer.crs().authid(),
    }
    box = QgsRectangle(*asked["box"])
    in_box = QgsFeatureRequest().setFilterRect(box).setFlags(QgsFeatureRequest.ExactIntersect)
    told["in_box"] = sum(1 for _ in layer.getFeatures(in_box))
    expression = asked.get("filters", {}).get(name)
    if expression is not None:
        told["filtered"] = sum(
            1 for _ in layer.getFeatures(QgsFeatureRequest().setFilterExpression(expression))
        )
        subset = QgsVectorLayer(source, name, "OAPIF")
        told["subset"] = bool(subset.setSubsetString(expression))
        told["of_subset"] = sum(1 for _ in subset.getFeatures())
    return told


def _drawn(url, box, size, picture):
    from qgis.core import (
        QgsCoordinateReferenceSystem,
        QgsFillSymbol,
        QgsMapRendererParallelJob,
        QgsMapSettings,
        QgsRectangle,
        QgsVectorTileBasicRenderer,
        QgsVectorTileBasicRendererStyle,
        QgsVectorTileLayer,
        QgsWkbTypes,
    )
    from qgis.PyQt.QtCore import QSize
    from qgis.PyQt.QtGui import QColor

    layer = QgsVectorTileLayer(f"type=xyz&url={url}&zmin=0&zmax=20", "tiles")
    style = QgsVectorTileBasicRendererStyle("units", "units", QgsWkbTypes.PolygonGeometry)
    style.setSymbol(QgsFillSymbol.createSimple({"color": "#ff0000", "outline_style": "no"}))
    style.setFilterExpression("\"class\" = 'hot_99'")
    style.setEnabled(True)
    renderer = QgsVectorTileBasicRenderer()
    renderer.setStyles([style])
    layer.setRenderer(renderer)
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setExtent(QgsRectangle(*box))
    settings.setOutputSize(QSize(size, size))
    settings.setBackgroundColor(QColor("#ffffff"))
    settings.setFlag(QgsMapSettings.Antialiasing, False)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(picture)
    red = sum(
        image.pixelColor(x, y).name() == "#ff0000"
        for x in range(image.width())
        for y in range(image.height())
    )
    return {
        "valid": layer.isValid(),
        "errors": [error.message for error in job.errors()],
        "red": red,
        "pixels": image.width() * image.height(),
    }


def _box(extent):
    return [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()]
