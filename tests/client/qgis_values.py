"""Reads layers whole: the type of each field as QGIS has it, and the values of every feature."""


def main(asked):
    return {name: _read(source, provider) for name, (source, provider) in asked.items()}


def _read(source, provider):
    from qgis.core import QgsVectorLayer

    layer = QgsVectorLayer(source, "layer", provider)
    if not layer.isValid():
        return {"valid": False, "error": layer.dataProvider().error().message()}
    names = [field.name() for field in layer.fields()]
    first = _rows(layer, names)
    return {
        "valid": True,
        "again": _rows(layer, names),  # from what it has kept
        "types": {field.name(): _type(field) for field in layer.fields()},
        "rows": first,
    }


def _rows(layer, names):
    return [{name: _plain(feature[name]) for name in names} for feature in layer.getFeatures()]


def _type(field):
    from qgis.PyQt.QtCore import QVariant

    known = {QVariant.Double: "number", QVariant.String: "text", QVariant.DateTime: "instant"}
    known |= dict.fromkeys((QVariant.Int, QVariant.LongLong), "whole")
    return known.get(field.type(), field.typeName())


def _plain(value):
    from qgis.PyQt.QtCore import QVariant

    if isinstance(value, QVariant):
        return None if value.isNull() else value.value()
    return value if isinstance(value, bool | int | float | str | None) else str(value)
