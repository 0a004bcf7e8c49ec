"""A reference system is stated, not made: a recipe of PROJ reads any file of the machine."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow.parquet as pq
import pytest
import shapely
from pydantic import ValidationError
from pyproj import CRS

from service.errors import UnreadableFileError
from service.ingest import load_profile
from service.ingest.profiles.profile import Profile
from service.ingest.readers.formats import reading
from service.ingest.readers.inputs import opened
from service.ingest.readers.limits import Limits
from service.vector import files, recipes, reference_systems
from spatial.errors import HarmspotError, InvalidInputError

FILE = "/dev/null"  # which blocks nobody; a pipe in its place would
_TM = (
    'PROJCS["x",GEOGCS["g",DATUM["d",SPHEROID["s",6377397.155,299.15]%s],PRIMEM["Greenwich",0],'
    'UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",9],'
    'PARAMETER["scale_factor",1],PARAMETER["false_easting",0],PARAMETER["false_northing",0],'
    'UNIT["metre",1]%s]'
)
PLAIN = _TM % ("", "")
GRIDDED = CRS.from_proj4("+proj=longlat +ellps=bessel +nadgrids=none.gsb +no_defs")
RECIPES = {
    "init": f"+init={FILE}:x",
    "grid": f"+proj=longlat +ellps=bessel +nadgrids={FILE} +no_defs",
    "pipeline": f"+proj=pipeline +step +proj=hgridshift +grids={FILE}",
    "without plus": f"PROJ=longlat ellps=bessel nadgrids={FILE}",
    "wkt": _TM % ("", f',EXTENSION["PROJ4","+proj=tmerc +ellps=bessel +nadgrids={FILE}"]'),
    "wkt of init": _TM % ("", f',EXTENSION ( "PROJ4" , "+init={FILE}:x")'),
    "wkt of datum": _TM % (f',EXTENSION["PROJ4_GRIDS","{FILE}"]', ""),
    "bound wkt": GRIDDED.to_wkt().replace("none.gsb", FILE),
    "bound json": GRIDDED.to_json().replace("none.gsb", FILE),
}
PLACE = {"external_id": ["1"], "offence_code": ["theft"], "occurred_from": ["2024-05-01"]}


def layer(*, areas: bool) -> gpd.GeoDataFrame:
    shape = shapely.box(1, 51, 1.1, 51.1) if areas else shapely.Point(1, 51)
    return gpd.GeoDataFrame(PLACE, geometry=[shape], crs=4326)


def geojson(folder: Path, stated: str, features: gpd.GeoDataFrame) -> Path:
    document = json.loads(features.to_json())
    document["crs"] = {"type": "name", "properties": {"name": stated}}
    path = folder / "in.geojson"
    path.write_text(json.dumps(document))
    return path


def escaped(folder: Path, stated: str, features: gpd.GeoDataFrame) -> Path:
    """The same, with signs of the recipe written as JSON may."""
    path = geojson(folder, stated, features)
    text = path.read_text().replace("init=", r"\u0069nit\u003D").replace("proj=", r"pr\u006fj=")
    text = text.replace('"crs"', r'"\u0063rs"')
    path.write_text(text.replace("EXTENSION", r"\u0045XTENSION").replace("FILE", r"\u0046ILE"))
    return path


def geopackage(folder: Path, stated: str, features: gpd.GeoDataFrame) -> Path:
    path = folder / "in.gpkg"
    features.to_file(path)
    base = sqlite3.connect(path)
    base.execute(
        "UPDATE gpkg_spatial_ref_sys SET definition = ?, organization = 'NONE',"
        " organization_coordsys_id = 999999 WHERE srs_id = 4326",
        (stated,),
    )
    base.commit()
    base.close()
    return path


def geoparquet(folder: Path, stated: str, features: gpd.GeoDataFrame) -> Path:
    path = folder / "in.parquet"
    features.to_parquet(path)
    table = pq.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])
    geo["columns"]["geometry"]["crs"] = json.loads(stated) if stated.startswith("{") else stated
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    return path


def shapefile(folder: Path, stated: str, features: gpd.GeoDataFrame) -> Path:
    parts = folder / "parts"
    parts.mkdir()
    features.to_file(parts / "in.shp")
    (parts / "in.prj").write_text(stated)
    return Path(shutil.make_archive(str(folder / "in"), "zip", parts))


Made = Callable[[Path, str, gpd.GeoDataFrame], Path]
EVERY: list[Made] = [geojson, escaped, geopackage, geoparquet, shapefile]


def read(path: Path) -> Any:
    with (
        opened(path) as content,
        reading(content, load_profile("generic"), Limits()) as reader,
    ):
        if reader.crs is not None:
            reference_systems.of_file(reader.crs)
        return list(reader)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("made", EVERY)
def test_no_file_has_its_recipe_followed(tmp_path: Path, made: Made, recipe: str) -> None:
    areas = made(tmp_path, RECIPES[recipe], layer(areas=True))
    said = "no coordinate reference system that is known|writes a coordinate reference system"
    with pytest.raises(UnreadableFileError, match=said):
        files.read(areas, wanted="areas")
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    incidents = made(tmp_path, RECIPES[recipe], layer(areas=False))
    if made is escaped:  # whose member crs nobody looks for
        return
    with pytest.raises(HarmspotError, match=said):
        read(incidents)


@pytest.mark.parametrize("recipe", [*RECIPES.values(), PLAIN, "", "{", "x" * 200_000, "[" * 9_999])
def test_a_profile_names_a_code_and_nothing_else(recipe: str) -> None:
    with pytest.raises(ValidationError, match="no CRS is named"):
        Profile.model_validate(load_profile("generic").model_dump() | {"crs": recipe})
    with pytest.raises(InvalidInputError, match="is no coordinate reference system"):
        reference_systems.coded(recipe)


def test_a_reference_system_is_known_by_code_link_and_projjson() -> None:
    grid = CRS.from_epsg(27700)
    for written in (
        "EPSG:27700",
        " epsg:27700 ",
        "urn:ogc:def:crs:EPSG::27700",
        "http://www.opengis.net/def/crs/EPSG/0/27700",
        grid.to_json(),
    ):
        assert reference_systems.coded(written) == grid
    assert reference_systems.coded("OGC:CRS84").name == "WGS 84 (CRS84)"


def test_what_programs_write_of_reference_systems_is_read() -> None:
    mercator = CRS.from_epsg(3857).to_wkt("WKT1_GDAL")
    shifted = PLAIN.replace("299.15]", "299.15],TOWGS84[1,2,3,4,5,6,7]")
    assert "EXTENSION" in mercator
    for written in (mercator, PLAIN, shifted, CRS.from_wkt(shifted).to_json()):
        assert reference_systems.of_file(written).is_projected or "TOWGS84" in shifted


def test_links_in_properties_are_no_recipes(tmp_path: Path) -> None:
    features = layer(areas=True).assign(url="https://x.example/?a=1&init=1&proj=2&file=3.pdf")
    features.to_file(tmp_path / "in.geojson")
    assert len(files.read(tmp_path / "in.geojson", wanted="areas").features) == 1


def test_a_view_is_not_run(tmp_path: Path) -> None:
    path = geopackage(tmp_path, CRS.from_epsg(4326).to_wkt("WKT1_GDAL"), layer(areas=False))
    base = sqlite3.connect(path)
    base.executescript(
        "CREATE VIEW endless AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
        " SELECT x AS fid, (SELECT geom FROM \"in\") AS geom, 'theft' AS offence_code FROM c;"
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
        " VALUES ('endless', 'features', 'endless', 4326);"
        "INSERT INTO gpkg_geometry_columns VALUES ('endless', 'geom', 'POINT', 4326, 0, 0);"
    )
    base.close()
    profile = load_profile("generic")
    with opened(path) as content, reading(content, profile, Limits()) as reader:
        assert sum(rows.table.num_rows for rows in reader) == 1
        assert "'endless' (a view, which would be run" in " ".join(reader.warnings)
    assert len(files.read(path, wanted="areas").features) == 1


def test_a_table_of_its_own_that_is_a_view_is_refused(tmp_path: Path) -> None:
    path = geopackage(tmp_path, "x", layer(areas=False))
    base = sqlite3.connect(path)
    base.executescript(
        "ALTER TABLE gpkg_spatial_ref_sys RENAME TO kept;"
        "CREATE VIEW GPKG_spatial_ref_sys AS SELECT * FROM kept;"
    )
    base.close()
    with pytest.raises(UnreadableFileError, match="a query where a GeoPackage has a table"):
        recipes.check(path, path.name)


def test_paths_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    layer(areas=True).to_file(tmp_path / "in.geojson")
    content = (tmp_path / "in.geojson").read_bytes()
    for name in ("../../town.geojson", "/vsicurl/http:/x.example/a.geojson", "a\\..\\b.geojson"):
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            archive.writestr(name, content)
        assert len(files.read(tmp_path / "in.zip", wanted="areas").features) == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in.geojson", "in.zip"]
