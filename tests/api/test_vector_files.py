"""Vector files: each format gives the same table; what cannot be read is refused in one line."""

import sqlite3
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from service.errors import NotFoundError, UnreadableFileError
from service.vector import files as vector_files
from service.vector import osm
from spatial.errors import HarmspotError, InvalidInputError
from tests.api import openstreetmap

BNG = "EPSG:27700"
PLAIN = ["gpkg", "geojson", "parquet", "geoparquet", "fgb", "shp", "kml"]
ZIPPED = ["gpkg", "geojson", "fgb", "shp", "kml"]


def table(crs: str = "EPSG:4326", rows: int = 2) -> gpd.GeoDataFrame:
    lines = [
        shapely.LineString([(450_000, 520_000 + 9 * n), (450_100, 520_000 + 9 * n)])
        for n in range(rows)
    ]
    names = [f"Street {n}" for n in range(rows)]
    return gpd.GeoDataFrame({"name": names}, geometry=lines, crs=BNG).to_crs(crs)


def write(features: gpd.GeoDataFrame, file: Path, **options) -> Path:
    if file.suffix in (".parquet", ".geoparquet"):
        features.to_parquet(file)
    else:
        driver = "KML" if file.suffix == ".kml" else None
        features.to_file(file, engine="pyogrio", driver=driver, **options)
    return file


def zipped(file: Path, *members: Path, inside: str = "") -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for member in members:
            archive.write(member, inside + member.name)
    return file


def shapefile(folder: Path, stem: str, crs: str = "EPSG:4326") -> list[Path]:
    write(table(crs), folder / f"{stem}.shp")
    return sorted(folder.glob(f"{stem}.*"))


def lines(file: Path, layer: str | None = None, crs: str | None = None) -> gpd.GeoDataFrame:
    return vector_files.read(file, layer, wanted="lines", crs=crs).features


def refusal(file: Path, layer: str | None = None, crs: str | None = None) -> HarmspotError:
    with pytest.raises(HarmspotError) as caught:
        lines(file, layer, crs)
    message = caught.value.message
    assert "\n" not in message
    assert str(file.parent.parent) not in message.replace(str(file), "")
    return caught.value


def same(read: gpd.GeoDataFrame) -> None:
    want = table()
    column = "name" if "name" in read.columns else "Name"
    got = read.to_crs(4326).sort_values(column)  # FlatGeobuf orders its features in space
    assert got[column].tolist() == want["name"].tolist()
    assert shapely.equals_exact(
        shapely.force_2d(got.geometry.to_numpy()), want.geometry.to_numpy(), 1e-6
    ).all()


@pytest.mark.parametrize("suffix", PLAIN)
def test_every_format_gives_the_same_lines(tmp_path, suffix):
    same(lines(write(table(), tmp_path / f"town.{suffix}")))


@pytest.mark.parametrize("suffix", ["gpkg", "parquet", "fgb", "shp"])
def test_every_coordinate_reference_system_gives_the_same_lines(tmp_path, suffix):
    for crs in (BNG, "EPSG:32630", "EPSG:3857"):
        same(lines(write(table(crs), tmp_path / f"in{crs[5:]}.{suffix}")))


@pytest.mark.parametrize("suffix", ZIPPED)
@pytest.mark.parametrize("inside", ["", "a folder/"])
def test_a_zipped_file_gives_the_same_lines(tmp_path, suffix, inside):
    write(table(), tmp_path / f"town.{suffix}")
    members = sorted(tmp_path.glob("town.*"))
    same(lines(zipped(tmp_path / "town.zip", *members, inside=inside)))


def test_a_zip_of_a_mac_holds_one_file_not_two(tmp_path):
    file = zipped(tmp_path / "town.zip", *shapefile(tmp_path, "town"))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("__MACOSX/._town.shp", b"resource fork")
    same(lines(file))


def test_a_kmz_is_read_as_the_kml_in_it(tmp_path):
    kml = write(table(), tmp_path / "doc.kml")
    same(lines(zipped(tmp_path / "town.kmz", kml)))


@pytest.mark.parametrize("name", ["town.osm", "town.osm.pbf"])
def test_of_openstreetmap_only_streets_are_read_with_their_levels(tmp_path, name):
    file = tmp_path / name
    if name.endswith("pbf"):
        file.write_bytes(openstreetmap.pbf())
    else:
        file.write_text(openstreetmap.xml())
    read = vector_files.read(file, wanted="lines")
    streets = read.features.astype("object").where(read.features.notna(), None)
    columns = ["osm_id", "name", "highway", "layer", "level", "bridge", "tunnel"]
    assert [tuple(row) for row in streets[columns].itertuples(index=False)] == [
        ("10", "Mill Lane", "primary", None, None, None, None),
        ("11", "Bridge Road", "residential", None, None, None, "no"),
        ("12", "M4", "motorway", "1", None, "yes", None),  # the number of a road without a name
    ]
    assert read.from_osm
    assert read.left_out == {"platform": 1, "proposed": 1}
    areas = vector_files.read(file, wanted="areas").features
    assert (areas["name"].tolist(), areas["admin_level"].tolist()) == (["Northside"], ["10"])


def test_tags_are_read_with_their_quotes_and_escapes():
    said = r'"a"=>"1","b\"c"=>"x, \"y\"=>z","d\\"=>"\\", "e"=>NULL,"f"=>""'
    assert osm.parse_tags(said) == {
        "a": "1", 'b"c': 'x, "y"=>z', "d\\": "\\", "e": None, "f": "",
    }  # fmt: skip
    assert osm.parse_tags("") == {}
    assert osm.parse_tags('"a"=>"1", and then nonsense') == {"a": "1"}


def test_levels_are_found_in_a_file_made_of_openstreetmap(tmp_path):
    made = table().assign(other_tags=['"layer"=>"-1","tunnel"=>"yes"', None])
    read = lines(write(made, tmp_path / "town.gpkg"))
    assert read["layer"].tolist()[0] == "-1"
    assert read["tunnel"].tolist()[0] == "yes"
    assert read[["layer", "level", "bridge", "tunnel"]].iloc[1].isna().all()


def graph() -> nx.MultiDiGraph:
    made = nx.MultiDiGraph(crs="EPSG:4326", simplified=True)
    for node, (x, y) in {7: (0.0, 51.0), 3: (0.001, 51.0), 5: (0.001, 51.001)}.items():
        made.add_node(node, x=x, y=y, street_count=2)
    both = {"osmid": 20, "length": 70.0, "oneway": False, "highway": "residential"}
    made.add_edge(7, 3, 0, **both, name="Mill Lane", reversed=False)
    made.add_edge(3, 7, 0, **both, name="Mill Lane", reversed=True)
    bent = shapely.LineString([(0.001, 51.0), (0.002, 51.0005), (0.001, 51.001)])
    joined = {"osmid": [21, 22], "length": 140.0, "oneway": True, "reversed": False}
    made.add_edge(
        3, 5, 0, **joined, geometry=bent, name=["North Road", "Mill Lane"],
        highway=["primary", "secondary"], bridge="yes",
    )  # fmt: skip
    made.add_edge(3, 5, 1, **joined | {"osmid": 23}, highway="footway", ref="P1")
    return made


def test_an_osmnx_graph_gives_each_street_once_under_a_stable_id(tmp_path):
    file = tmp_path / "town.graphml"
    osmnx.save_graphml(graph(), file)
    read = lines(file).sort_values("segment_id")
    assert read["segment_id"].tolist() == ["3-5-0", "3-5-1", "3-7-0"]
    assert read["name"].tolist() == ["North Road / Mill Lane", "P1", "Mill Lane"]
    assert read["highway"].tolist() == ["primary", "footway", "residential"]
    assert read["bridge"].tolist()[0] == "yes"
    assert read["bridge"].isna().tolist() == [False, True, True]
    assert shapely.get_num_coordinates(read.geometry.to_numpy()).tolist() == [3, 2, 2]
    assert read.crs == "EPSG:4326"


def test_a_graph_that_is_not_osmnx_s_is_refused(tmp_path):
    file = tmp_path / "town.graphml"
    nx.write_graphml(nx.path_graph(3), file)
    assert "osmnx.save_graphml" in refusal(file).message
    file.write_text("<graphml><graph")
    assert "not GraphML as osmnx writes it" in refusal(file).message
    empty = nx.MultiDiGraph(crs="EPSG:4326")
    empty.add_node(1, x=0.0, y=51.0)
    osmnx.save_graphml(empty, file)
    assert "its graph has no edge" in refusal(file).message


def test_a_curve_becomes_a_line_of_many_points(tmp_path):
    file = write(table(rows=1), tmp_path / "arc.gpkg", layer="arc")
    points = [(0.0, 51.0), (0.001, 51.001), (0.002, 51.0)]
    wkb = struct.pack("<BII", 1, 8, 3) + b"".join(struct.pack("<dd", *xy) for xy in points)
    blob = b"GP\x00\x01" + struct.pack("<i", 4326) + wkb
    with sqlite3.connect(file) as database:
        for trigger in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            database.execute(f'DROP TRIGGER "{trigger[0]}"')
        database.execute("UPDATE arc SET geom = ?", (blob,))
        database.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = 'CIRCULARSTRING'")
    read = lines(file).geometry
    assert read.geom_type.tolist() == ["LineString"]
    assert shapely.get_num_coordinates(read.to_numpy())[0] > 20


def test_an_unusual_character_in_geoparquet_does_not_stop_the_load(tmp_path):
    made = table().assign(name=["Mill\x00 Lane", None])
    assert lines(write(made, tmp_path / "nul.parquet"))["name"].tolist()[0] == "Mill Lane"


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "parquet", "fgb", "zip", "kml", "osm"])
@pytest.mark.parametrize("damage", ["cut", "other"])
def test_a_damaged_file_is_refused_in_one_line_that_names_it(tmp_path, suffix, damage):
    file = tmp_path / f"town.{suffix}"
    if suffix == "zip":
        zipped(file, *shapefile(tmp_path, "town"))
    elif suffix == "osm":
        file.write_text(openstreetmap.xml())
    else:
        write(table(rows=500), file)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * 2 // 3] if damage == "cut" else b"hello world")
    error = refusal(file)
    assert isinstance(error, UnreadableFileError)
    assert file.name in error.message
    if damage == "other":
        assert "give the file its true ending" in error.message


def test_what_is_no_file_to_read_is_refused_with_the_remedy(tmp_path):
    nothing = tmp_path / "nothing.gpkg"
    nothing.touch()
    foreign = tmp_path / "town.dxf"
    foreign.write_text("0\nSECTION\n")
    rows = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"name": ["a"]}), rows)
    no_feature = tmp_path / "none.geojson"
    no_feature.write_text('{"type": "FeatureCollection", "features": []}')
    text_only = tmp_path / "text.zip"
    with zipfile.ZipFile(text_only, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    no_street = tmp_path / "river.osm"
    no_street.write_text('<osm version="0.6"><node id="1" lat="51" lon="0"/></osm>')
    half = zipped(tmp_path / "half.zip", shapefile(tmp_path, "half")[3])
    for file, says in [
        (tmp_path, "is a directory: name one file in it"),
        (tmp_path / "gone.gpkg", "There is no file"),
        (nothing, "nothing.gpkg is empty"),
        (foreign, "Save other formats as GeoPackage"),
        (rows, "rows.parquet cannot be read as GeoParquet: Missing geo metadata"),
        (no_feature, "none.geojson holds no feature"),
        (text_only, "it holds: readme.txt"),
        (no_street, "no way has the tag highway"),
        (half, "half.shx"),
    ]:
        error = refusal(file)
        assert isinstance(error, UnreadableFileError)
        assert says in error.message


def test_a_layer_that_does_not_exist_lists_those_that_do_and_the_nearest(tmp_path):
    several = tmp_path / "several.gpkg"
    write(table(), several, layer="roads")
    write(table(), several, layer="paths")
    unnamed = refusal(several)
    assert "several layers: roads, paths" in unnamed.message
    error = refusal(several, "raods")
    assert isinstance(error, NotFoundError)
    assert "it has: roads, paths. Did you mean roads?" in error.message
    assert error.problems[0].where == "file_layer"
    assert len(lines(several, "paths")) == 2
    assert "holds one table" in refusal(write(table(), tmp_path / "one.parquet"), "roads").message


def test_a_zip_of_several_files_asks_which(tmp_path):
    members = shapefile(tmp_path, "north") + shapefile(tmp_path, "south")
    file = zipped(tmp_path / "both.zip", *members)
    assert "holds several files: north, south" in refusal(file).message
    assert "Did you mean south?" in refusal(file, "soth").message
    same(lines(file, "south"))


def test_a_file_that_does_not_say_its_reference_system_is_told_it(tmp_path):
    members = [one for one in shapefile(tmp_path, "town", BNG) if one.suffix != ".prj"]
    file = zipped(tmp_path / "town.zip", *members)
    error = refusal(file)
    assert "does not say its coordinate reference system" in error.message
    assert "option crs" in error.message
    assert error.problems[0].where == "crs"
    same(lines(file, crs=BNG))
    same(lines(file, crs="epsg:27700"))


def test_a_geojson_in_metres_is_refused_until_told_its_reference_system(tmp_path):
    file = tmp_path / "town.geojson"
    file.write_text(table(BNG).to_json(drop_id=True))
    assert lines(file).crs == BNG  # as the file says, in the manner of 2008
    file.write_text(table(BNG).set_crs("EPSG:4326", allow_override=True).to_json(drop_id=True))
    error = refusal(file)
    assert "should be in degrees" in error.message
    assert "feature 1 is at 450,100.0, 520,000.0 (2 such in all)" in error.message
    assert "crs, as EPSG:27700" in error.message
    same(lines(file, crs=BNG))


@pytest.mark.parametrize("crs", ["EPSG:99999", "27700", "+proj=utm +zone=30", "/etc/passwd", ""])
def test_an_unknown_reference_system_is_refused(tmp_path, crs):
    error = refusal(write(table(), tmp_path / "town.gpkg"), crs=crs)
    assert isinstance(error, InvalidInputError)
    assert "give its code, as EPSG:27700" in error.message


def test_a_reference_system_that_contradicts_the_file_is_refused(tmp_path):
    error = refusal(write(table(BNG), tmp_path / "town.gpkg"), crs="EPSG:32630")
    assert "says that it is in EPSG:27700, not in EPSG:32630: leave crs out" in error.message


def test_coordinates_beyond_the_reference_system_are_refused(tmp_path):
    far = table(BNG)
    far.loc[1, "geometry"] = shapely.LineString([(np.inf, 0), (1, 1)])
    error = refusal(write(far, tmp_path / "far.parquet"))
    assert "feature 2" in error.message
    assert "where EPSG:27700 reaches" in error.message


@pytest.mark.parametrize(
    "content",
    [
        '{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read town.gpkg"}',
        '{"service": "https://example.org/wfs", "type": "FeatureCollection"}',
    ],
)
def test_a_recipe_that_names_other_files_is_not_followed(tmp_path, content):
    write(table(), tmp_path / "town.gpkg")
    file = tmp_path / "recipe.json"
    file.write_text(content)
    assert isinstance(refusal(file), UnreadableFileError)


def test_a_virtual_format_in_kml_s_clothes_is_not_followed(tmp_path):
    town = write(table(), tmp_path / "town.gpkg")
    file = tmp_path / "recipe.kml"
    link = (
        f'<OGRVRTDataSource><OGRVRTLayer name="town"><SrcDataSource>{town}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    file.write_text(link)
    assert "its content is none" in refusal(file).message
    file.write_text(f"<kml/>{link}")
    assert isinstance(refusal(file), UnreadableFileError)


def test_the_service_has_no_driver_that_follows_links():
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import service.http.app, pyogrio;"
            "from service.vector.gdal import LINKING_DRIVERS as forbidden;"
            "print(sorted(set(forbidden) & set(pyogrio.list_drivers())), 'GPKG' in "
            "pyogrio.list_drivers())",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[] True"
