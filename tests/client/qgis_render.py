"""Draws a project as a picture, and says which colours stand where."""

from collections import Counter


def main(asked):
    from qgis.core import (
        QgsCoordinateReferenceSystem,
        QgsCoordinateTransform,
        QgsMapRendererParallelJob,
        QgsMapSettings,
        QgsPointXY,
        QgsProject,
    )
    from qgis.PyQt.QtCore import QSize
    from qgis.PyQt.QtGui import QColor, QImage

    project = QgsProject.instance()
    if not project.read(asked["project"]):
        raise ValueError(project.error())
    names = asked.get("layers")
    layers = [node.layer() for node in project.layerTreeRoot().findLayers()]
    shown = [layer for layer in layers if names is None or layer.name() in names]
    settings = QgsMapSettings()
    settings.setLayers(shown)
    settings.setDestinationCrs(project.crs())
    settings.setExtent(project.viewSettings().defaultViewExtent())
    settings.setOutputSize(QSize(*asked.get("size", [1000, 800])))
    settings.setBackgroundColor(QColor("#ffffff"))
    settings.setFlag(QgsMapSettings.Antialiasing, asked.get("antialiasing", True))
    settings.setFlag(QgsMapSettings.DrawLabeling, asked.get("labels", True))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    picture = job.renderedImage()
    picture.save(asked["picture"])
    errors = [error.message for error in job.errors()]

    to_map = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), project.crs(), project
    )
    to_pixel = settings.mapToPixel()

    def colour(longitude, latitude):
        at = to_pixel.transform(to_map.transform(QgsPointXY(longitude, latitude)))
        return picture.pixelColor(round(at.x() - 0.5), round(at.y() - 0.5)).name()

    plain = picture.convertToFormat(QImage.Format_RGB32)
    pixels = memoryview(plain.constBits().asstring(plain.sizeInBytes())).cast("I")
    colours = {f"#{one & 0xFFFFFF:06x}": many for one, many in Counter(pixels).items()}
    return {
        "errors": errors,
        "shown": [layer.name() for layer in shown],
        "at": [colour(*point) for point in asked.get("points", [])],
        "colours": colours,
    }
