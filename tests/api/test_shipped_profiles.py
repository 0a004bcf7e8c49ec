"""The profiles that ship, each on invented rows of the layout that it is for."""

from __future__ import annotations

import csv
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from service.ingest.profiles.binding import lacking
from service.ingest.profiles.loading import known_profiles, load_profile
from tests.api.reading import read

ROOT = Path(__file__).resolve().parents[2]

Seen = tuple[str, str, str, str, float]  # id, code, start in UTC, precision, longitude

LAYOUTS: dict[str, tuple[str, list[Seen]]] = {
    "police-uk": (
        "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
        "Crime type,Last outcome category,Context\n"
        "aa01,2024-06,Madeup Police,Madeup Police,-0.1,51.5,On or near Made Lane,E1,X 1,"
        "Vehicle crime,Under investigation,\n",
        [("aa01", "vehicle-crime", "2024-05-31 23:00", "month", -0.1)],
    ),
    "police-uk-outcomes": (
        "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
        "Outcome type\n"
        "aa01,2024-07,Madeup Police,Madeup Police,-0.1,51.5,On or near Made Lane,E1,X 1,"
        "Suspect charged\n",
        [("aa01", "suspect-charged", "2024-06-30 23:00", "month", -0.1)],
    ),
    "los-angeles": (
        "DR_NO,Date Rptd,DATE OCC,TIME OCC,AREA,AREA NAME,Rpt Dist No,Part 1-2,Crm Cd,Crm Cd Desc,"
        "Mocodes,Vict Age,Vict Sex,Vict Descent,Premis Cd,Premis Desc,Weapon Used Cd,Weapon Desc,"
        "Status,Status Desc,Crm Cd 1,Crm Cd 2,Crm Cd 3,Crm Cd 4,LOCATION,Cross Street,LAT,LON\n"
        "240000001,07/03/2024 12:00:00 AM,07/01/2024 12:00:00 AM,2130,1,Central,0101,1,510,"
        "VEHICLE - STOLEN,,0,,,101,STREET,,,IC,Invest Cont,510,,,,100 MADE UP ST,,34.05,-118.25\n"
        "240000002,2024-01-03T00:00:00.000,2024-01-01T00:00:00.000,0045,1,Central,0101,2,624,"
        "BATTERY - SIMPLE ASSAULT,,33,F,W,101,STREET,400,STRONG-ARM,IC,Invest Cont,624,,,,"
        "200 MADE UP ST,,34.06,-118.26\n",
        [
            ("240000001", "vehicle-offences", "2024-07-02 04:30", "exact", -118.25),
            ("240000002", "violence-without-injury", "2024-01-01 08:45", "exact", -118.26),
        ],
    ),
    "new-york": (
        "CMPLNT_NUM,ADDR_PCT_CD,BORO_NM,CMPLNT_FR_DT,CMPLNT_FR_TM,CMPLNT_TO_DT,CMPLNT_TO_TM,"
        "CRM_ATPT_CPTD_CD,JURIS_DESC,KY_CD,LAW_CAT_CD,LOC_OF_OCCUR_DESC,OFNS_DESC,PD_CD,PD_DESC,"
        "PREM_TYP_DESC,RPT_DT,SUSP_AGE_GROUP,X_COORD_CD,Y_COORD_CD,Latitude,Longitude,Lat_Lon\n"
        "290000001,7,MANHATTAN,07/04/2024,23:15:00,07/05/2024,01:30:00,COMPLETED,N.Y. POLICE DEPT,"
        '106,FELONY,INSIDE,FELONY ASSAULT,109,"ASSAULT 2,1,UNCLASSIFIED",STREET,07/05/2024,(null),'
        '987000,200000,40.71,-73.98,"(40.71, -73.98)"\n'
        "290000002,7,MANHATTAN,2024-01-04T00:00:00.000,08:00:00,(null),(null),COMPLETED,"
        "N.Y. POLICE DEPT,341,MISDEMEANOR,INSIDE,PETIT LARCENY,333,LARCENY,STORE,"
        "2024-01-04T00:00:00.000,(null),987000,200000,40.72,-73.99,\n",
        [
            ("290000001", "violence-with-injury", "2024-07-05 03:15", "exact", -73.98),
            ("290000002", "other-theft", "2024-01-04 13:00", "exact", -73.99),
        ],
    ),
    "san-francisco": (
        "Incident Datetime,Incident Date,Incident Time,Incident Year,Incident Day of Week,"
        "Report Datetime,Row ID,Incident ID,Incident Number,CAD Number,Report Type Code,"
        "Report Type Description,Filed Online,Incident Code,Incident Category,Incident Subcategory,"
        "Incident Description,Resolution,Intersection,CNN,Police District,Analysis Neighborhood,"
        "Supervisor District,Latitude,Longitude,Point\n"
        "2024/03/01 05:02:00 PM,2024/03/01,17:02,2024,Friday,2024/03/01 06:00:00 PM,10001,1000,"
        "240000001,,II,Initial,,06374,Larceny Theft,Larceny - From Vehicle,Theft,Open or Active,"
        "MADE ST \\ UP ST,1,Central,Madeup,3,37.77,-122.41,POINT (-122.41 37.77)\n"
        "2024-03-01T17:02:00.000,2024-03-01,17:02,2024,Friday,2024-03-01T18:00:00.000,10002,1000,"
        "240000001,,II,Initial,,28150,Malicious Mischief,Vandalism,Damage,Open or Active,"
        "MADE ST \\ UP ST,1,Central,Madeup,3,37.77,-122.41,POINT (-122.41 37.77)\n",
        [
            ("10001", "other-theft", "2024-03-02 01:02", "exact", -122.41),
            ("10002", "criminal-damage", "2024-03-02 01:02", "exact", -122.41),
        ],
    ),
    "seattle": (
        "Report Number,Offense ID,Offense Start DateTime,Offense End DateTime,Report DateTime,"
        "Group A B,Crime Against Category,Offense Parent Group,Offense,Offense Code,Precinct,"
        "Sector,Beat,MCPP,100 Block Address,Longitude,Latitude\n"
        "2024-000001,7700000001,02/05/2024 10:10:00 PM,02/05/2024 11:00:00 PM,"
        "02/06/2024 01:00:00 AM,A,PROPERTY,LARCENY-THEFT,Shoplifting,23C,W,M,M1,DOWNTOWN,"
        "1XX BLOCK OF MADE UP ST,-122.33,47.61\n"
        "2024-000002,7700000002,02/05/2024 10:10:00 PM,,02/06/2024 01:00:00 AM,A,PERSON,"
        "SEX OFFENSES,Rape,11A,W,M,M1,DOWNTOWN,REDACTED,REDACTED,REDACTED\n"
        "2024-000001,7700000003,02/05/2024 10:10:00 PM,,02/06/2024 01:00:00 AM,A,PROPERTY,"
        "ROBBERY,Robbery,120,W,M,M1,DOWNTOWN,1XX BLOCK OF MADE UP ST,-122.34,47.61\n",
        [
            ("7700000001", "shoplifting", "2024-02-06 06:10", "exact", -122.33),
            ("7700000003", "robbery-personal", "2024-02-06 06:10", "exact", -122.34),
        ],
    ),
    "toronto": (
        "OBJECTID,EVENT_UNIQUE_ID,REPORT_DATE,OCC_DATE,OCC_YEAR,OCC_MONTH,OCC_DAY,OCC_HOUR,DIVISION,"
        "LOCATION_TYPE,PREMISES_TYPE,UCR_CODE,UCR_EXT,OFFENCE,MCI_CATEGORY,HOOD_158,"
        "NEIGHBOURHOOD_158,LONG_WGS84,LAT_WGS84\n"
        "1,GO-1,2024/01/02 05:00:00+00,2024/01/01 05:00:00+00,2024,January,1,7,D51,Street,Outside,"
        "1430,100,Assault,Assault,70,Madeup (70),-79.4,43.7\n"
        "2,GO-2,2024/07/02 04:00:00+00,2024/07/01 04:00:00+00,2024,July,1,23,D51,Street,Outside,"
        "2135,210,Theft Of Motor Vehicle,Auto Theft,70,Madeup (70),-79.5,43.7\n",
        [
            ("GO-1", "violence-with-injury", "2024-01-01 12:00", "hour", -79.4),
            ("GO-2", "vehicle-offences", "2024-07-02 03:00", "hour", -79.5),
        ],
    ),
    "toronto-2019": (
        "occurrencedate,occurrencehour,premises_type,MCI,Neighbourhood,Lat,Long\n"
        "2019/01/01 05:00:00+00,0,Commercial,Break and Enter,Madeup,43.75,-79.6\n"
        "2019/07/01 04:00:00+00,22,Outside,Robbery,Madeup,43.76,-79.5\n",
        [
            ("", "burglary-residential", "2019-01-01 05:00", "hour", -79.6),
            ("", "robbery-personal", "2019-07-02 02:00", "hour", -79.5),
        ],
    ),
    "philadelphia": (
        "the_geom,cartodb_id,the_geom_webmercator,objectid,dc_dist,psa,dispatch_date_time,"
        "dispatch_date,dispatch_time,hour,dc_key,location_block,ucr_general,text_general_code,"
        "point_x,point_y,lat,lng\n"
        ",1,,101,18,1,2024-07-05 03:30:00+00,2024-07-04,23:30:00,23,202418000001,"
        "100 BLOCK MADE UP ST,300,Robbery Firearm,-75.17,39.95,39.95,-75.17\n",
        [("202418000001", "robbery-personal", "2024-07-05 03:30", "exact", -75.17)],
    ),
    "home-office": (
        "Crime Number,Offence Group,Offence Subgroup,Offence Code,Committed From,Committed To,"
        "Recorded,Easting,Northing,Street,Beat\n"
        "42/1/24,Burglary,Residential burglary,28E,01/07/2024 22:00,02/07/2024 06:30,"
        "02/07/2024 07:00,530000,180000,Made Lane,B1\n",
        [("42/1/24", "burglary-residential", "2024-07-01 21:00", "exact", -0.128)],
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_read_by_its_profile(name: str) -> None:
    table, expected = LAYOUTS[name]
    trial = read(table.encode(), name)
    seen = [
        (
            one.external_id or "",
            one.offence_code,
            f"{one.occurred_from:%Y-%m-%d %H:%M}",
            one.time_precision,
            round(one.longitude, 3),
        )
        for one in trial.rows
    ]
    without_ids = [
        (("" if not want[0] else one[0]), *one[1:])
        for one, want in zip(seen, expected, strict=True)
    ]
    assert without_ids == expected, trial.rejected_rows


def test_every_shipped_profile_is_tried_here_or_on_shared_data() -> None:
    assert set(known_profiles()) == {*LAYOUTS, "chicago", "generic"}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_told_from_the_others(name: str) -> None:
    columns = next(csv.reader([LAYOUTS[name][0].partition("\n")[0]]))
    fitting = [
        one for one in known_profiles() if not lacking(load_profile(one), columns, has_points=False)
    ]
    assert fitting == [name]


@pytest.mark.parametrize(
    "name", [one for one in known_profiles() if load_profile(one).offence.mapping]
)
def test_each_line_of_a_mapping_has_a_code_of_the_index_and_a_reason(name: str) -> None:
    with (ROOT / "data/harm_indexes/cchi-2026-home-office.csv").open() as file:
        codes = {row["offence_code"] for row in csv.DictReader(file)}
    assert set(load_profile(name).offence.mapping.values()) <= codes
    text = (resources.files("service.ingest.profiles") / "shipped" / f"{name}.toml").read_text()
    lines = text.partition("[offence.mapping]\n")[2].splitlines()
    assert len(tomllib.loads(text)["offence"]["mapping"]) == len(lines)
    if name != "chicago":
        assert all("  # " in line for line in lines)
