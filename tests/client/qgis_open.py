"""Opens layers of a file, a project, or styles alone, and says what QGIS makes of them."""


def main(asked):
    from qgis.core import QgsProject, QgsVectorLayer

    project = QgsProject.instance()
    if "styles" in asked:
        return [_styled(QgsVectorLayer, path, shape) for path, shape in asked["styles"]]
    if "project" in asked:
        read = project.read(asked["project"])
        root = project.layerTreeRoot()
        layers = [node.layer() for node in root.findLayers()]
        about = {
            "read": read,
            "title": project.title(),
            "crs": project.crs().authid(),
            "extent": _box(project.viewSettings().defaultViewExtent()),
        }
    else:
        layers = [
            QgsVectorLayer(f"{asked['file']}|layername={name}", name, "ogr")
            for name in asked["layers"]
        ]
        about = {}
    return about | {"layers": [_about(layer) for layer in layers]}


def _styled(QgsVectorLayer, path, shape):
    kind = {"polygon": "Polygon", "line": "LineString"}[shape]
    fields = "field=class:string&field=rank:int&field=label:string"
    layer = QgsVectorLayer(f"{kind}?crs=EPSG:4326&{fields}", "styled", "memory")
    read = layer.loadSldStyle if path.endswith(".sld") else layer.loadNamedStyle
    message, loaded = read(path)
    return {"loaded": loaded, "message": message, **_about(layer)}


def _about(layer):
    renderer = layer.renderer()
    fields = layer.fields()
    return {
        "name": layer.name(),
        "valid": layer.isValid(),
        "provider": layer.providerType(),
        "source": layer.source(),
        "count": layer.featureCount(),
        "crs": layer.crs().authid(),
        "fields": {field.name(): field.alias() or field.comment() for field in fields},
        "title": layer.dataProvider().layerMetadata().title(),
        "renderer": renderer.type() if renderer else None,
        "classes": _classes(renderer),
        "labels": layer.labeling().settings().fieldName if layer.labelsEnabled() else None,
    }


def _classes(renderer):
    if renderer is None:
        return {}
    if renderer.type() == "categorizedSymbol":
        return {
            category.value(): {"label": category.label(), **_symbol(category.symbol())}
            for category in renderer.categories()
        }
    if renderer.type() == "singleSymbol":
        return {"": _symbol(renderer.symbol())}
    return {
        rule.label(): {"label": rule.label(), **_symbol(rule.symbol())}
        for rule in renderer.rootRule().children()
        if rule.symbol()
    }


def _symbol(symbol):
    top = symbol.symbolLayer(symbol.symbolLayerCount() - 1)
    properties = top.properties()
    return {
        "colour": top.color().name(),
        "stroke": top.strokeColor().name() if hasattr(top, "strokeColor") else None,
        "style": properties.get("style") or properties.get("line_style"),
        "outline_style": properties.get("outline_style"),
        "layers": symbol.symbolLayerCount(),
    }


def _box(extent):
    return [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()]
