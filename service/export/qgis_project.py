"""A QGIS project (.qgz) that opens a run's layers styled, from a file or live from the service."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from pyproj import CRS

from service.export import about
from service.export.layers import Layer
from service.store import models
from service.styles import qml
from spatial import antimeridian
from spatial.metres import plane

_PAGE: Final = 10_000
_DOCTYPE: Final = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_MARGIN: Final = 0.05

Source = Callable[[Layer], tuple[str, str]]
"""Returns the data source of a layer and the QGIS provider that reads it."""


def attached(geopackage: str) -> Source:
    """Return the source of layers in a GeoPackage that is inside the project's archive."""
    return lambda layer: (f"attachment:{geopackage}|layername={layer.name}", "ogr")


def beside(geopackage: str) -> Source:
    """Return the source of layers in a GeoPackage in the folder of the project."""
    return lambda layer: (f"./{geopackage}|layername={layer.name}", "ogr")


def live(service_url: str, run_id: str) -> Source:
    """Return the source of layers at the OGC API of a service.

    QGIS hands on what the address asks for with each of its requests: the run, and objects as
    text, since it keeps no others for a second reading.
    """
    address = service_url.rstrip("/").replace("'", "%27")

    def source(layer: Layer) -> tuple[str, str]:
        return (
            f"pagingEnabled='true' pageSize='{_PAGE}' restrictToRequestBBOX='1'"
            f" typename='{layer.style.collection}' url='{address}/ogc?run_id={run_id}&objects=text'"
            " version='OGC_API_FEATURES'",
            "OAPIF",
        )

    return source


def write(
    run: models.AnalysisRun,
    layers: Sequence[Layer],
    path: Path,
    source: Source,
    attachments: Sequence[Path] = (),
) -> None:
    """Write a project.

    Parameters
    ----------
    run
        What the layers are of.
    layers
        The layers, the topmost first.
    path
        The file.
    source
        Where QGIS finds each layer.
    attachments
        Files to put inside the archive.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry(run, f"harmspot-{run.id}.qgs"), document(run, layers, source))
        for attachment in attachments:
            with (
                attachment.open("rb") as content,
                archive.open(entry(run, attachment.name), "w", force_zip64=True) as inside,
            ):
                while block := content.read(1 << 20):
                    inside.write(block)


def entry(run: models.AnalysisRun, name: str) -> zipfile.ZipInfo:
    """Return a file's place in an archive, dated by the run so that its bytes do not change."""
    moment = run.created_at.astimezone(dt.UTC)
    made = zipfile.ZipInfo(name, (max(moment.year, 1980), *moment.timetuple()[1:6]))
    made.compress_type = zipfile.ZIP_DEFLATED
    made.external_attr = 0o644 << 16
    return made


def document(run: models.AnalysisRun, layers: Sequence[Layer], source: Source) -> str:
    """Return the project as QGIS writes it (.qgs), in the UTM zone of the study."""
    import geopandas as gpd

    bounds = tuple(run.provenance["study_area"]["bbox"])
    study = gpd.GeoSeries([antimeridian.box(bounds)], crs=4326)
    crs = plane(study) if antimeridian.crosses(bounds) else study.estimate_utm_crs()
    root = ET.Element("qgis", {"projectname": about.title(run), "version": qml.QGIS_VERSION})
    ET.SubElement(root, "homePath", {"path": ""})
    ET.SubElement(root, "title").text = about.title(run)
    _reference_system(ET.SubElement(root, "projectCrs"), crs)
    tree = ET.SubElement(root, "layer-tree-group")
    drawn = ET.SubElement(root, "projectlayers")
    order = ET.SubElement(root, "layerorder")
    for layer in layers:
        address, provider = source(layer)
        name = f"harmspot_{layer.name}"
        ET.SubElement(
            tree,
            "layer-tree-layer",
            {
                "id": name,
                "name": layer.title,
                "source": address,
                "providerKey": provider,
                "checked": "Qt::Checked",
                "expanded": "1" if layer.style.decides and layer.name != "targets" else "0",
            },
        )
        ET.SubElement(order, "layer", {"id": name})
        drawn.append(_map_layer(layer, name, address, provider))
    _extent(root, study.to_crs(crs).total_bounds, crs)
    properties = ET.SubElement(root, "properties")
    paths = ET.SubElement(properties, "Paths")
    ET.SubElement(paths, "Absolute", {"type": "bool"}).text = "false"
    projections = ET.SubElement(properties, "SpatialRefSys")
    ET.SubElement(projections, "ProjectionsEnabled", {"type": "int"}).text = "1"
    _metadata(root, run)
    ET.indent(root)
    return _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def _map_layer(layer: Layer, name: str, address: str, provider: str) -> ET.Element:
    shape = "Polygon" if layer.style.shape == "polygon" else "Line"
    element = ET.Element(
        "maplayer",
        {
            "type": "vector",
            "geometry": shape,
            "wkbType": layer.geometry_type,
            "labelsEnabled": "1" if layer.style.label else "0",
            "readOnly": "1",  # what a run found does not change
            "styleCategories": "AllStyleCategories",
        },
    )
    ET.SubElement(element, "id").text = name
    ET.SubElement(element, "datasource").text = address
    ET.SubElement(element, "layername").text = layer.title
    _reference_system(ET.SubElement(element, "srs"), CRS.from_epsg(4326))
    ET.SubElement(element, "provider", {"encoding": "UTF-8"}).text = provider
    resource = ET.SubElement(element, "resourceMetadata")
    ET.SubElement(resource, "title").text = layer.title
    ET.SubElement(resource, "abstract").text = layer.description
    element.extend(qml.elements(layer.style))
    return element


def _reference_system(parent: ET.Element, crs: CRS) -> None:
    system = ET.SubElement(parent, "spatialrefsys")
    ET.SubElement(system, "wkt").text = crs.to_wkt("WKT2_2019")
    ET.SubElement(system, "authid").text = ":".join(crs.to_authority())
    ET.SubElement(system, "srid").text = str(crs.to_epsg())
    ET.SubElement(system, "description").text = crs.name


def _extent(root: ET.Element, bounds: Sequence[float], crs: CRS) -> None:
    """Say what the map shows first: the study with a margin, metres of the project's system."""
    west, south, east, north = map(float, bounds)
    margin = _MARGIN * max(east - west, north - south)
    sides = {
        "xmin": f"{west - margin:.1f}",
        "ymin": f"{south - margin:.1f}",
        "xmax": f"{east + margin:.1f}",
        "ymax": f"{north + margin:.1f}",
    }
    canvas = ET.SubElement(root, "mapcanvas", {"name": "theMapCanvas"})
    ET.SubElement(canvas, "units").text = "meters"
    extent = ET.SubElement(canvas, "extent")
    for side, metres in sides.items():
        ET.SubElement(extent, side).text = metres
    _reference_system(ET.SubElement(canvas, "destinationsrs"), crs)
    # The canvas is for the program with its window, this for everything else.
    settings = ET.SubElement(root, "ProjectViewSettings", {"UseProjectScales": "0"})
    _reference_system(ET.SubElement(settings, "DefaultViewExtent", sides), crs)


def _metadata(root: ET.Element, run: models.AnalysisRun) -> None:
    metadata = ET.SubElement(root, "projectMetadata")
    ET.SubElement(metadata, "identifier").text = run.id
    ET.SubElement(metadata, "title").text = about.title(run)
    lines = "\n".join(f"{name}: {value}" for name, value in about.facts(run))
    ET.SubElement(metadata, "abstract").text = lines
