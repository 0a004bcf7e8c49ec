"""The properties of targets and of scored units: one declaration each, which every surface reads.

GeoJSON, exports, the views of the schema `ogc`, the OGC API, OpenAPI and the web's types are made
from what stands here, in the order in which it stands. A property is added by declaring it here
and computing it where the analysis computes; see `docs/decisions/declared-properties.md`.
"""

from __future__ import annotations

from typing import Any, Final

from service.analyses.property import HARM_UNIT, Property, by_name, list_of, object_of
from service.analyses.study.units.kinds import AREA, KINDS, LENGTH, Measure
from service.styles.source import CLASSES
from service.words.catalogue import gettext_noop
from spatial.ratios import COURSES


def _measured_by(measure: Measure) -> frozenset[str]:
    return frozenset(kind.name for kind in KINDS.values() if kind.measure == measure)


_STRING: Final = {"type": "string"}
_DATE: Final = {"type": "string", "format": "date"}
_WHOLE: Final = {"type": "integer"}
_NUMBER: Final = {"type": "number"}
_WHOLE_OR_NONE: Final = {"type": ["integer", "null"]}
_NUMBER_OR_NONE: Final = {"type": ["number", "null"]}

_RATIO: Final[dict[str, dict[str, Any]]] = {
    "ratio": _NUMBER_OR_NONE,
    "interval": {
        "type": "array",
        "prefixItems": [_NUMBER, _NUMBER_OR_NONE],
        "minItems": 2,
        "maxItems": 2,
        "description": "Of the ratio; its upper end is null where it is open.",
    },
    "confidence": _NUMBER,
}
_TREND: Final = object_of(
    "Trend",
    previous_from=_DATE,
    previous_to=_DATE,
    previous_count=_WHOLE,
    previous_harm=_NUMBER,
    **_RATIO,
)
_SERIES: Final = object_of(
    "Series",
    step={"type": "string", "enum": ["week", "month"]},
    window_from=_DATE | {"description": "Where the window begins."},
    **{"from": list_of(_DATE)},
    count=list_of(_WHOLE),
    harm=list_of(_NUMBER),
)
_SERIES["properties"]["count_within"] = list_of(_WHOLE) | {  # runs of earlier versions have none
    "description": "Those of the window: they sum to its count."
}
_PEAK_WINDOW: Final = object_of(
    "PeakWindow", day=_STRING, start=_STRING, end=_STRING, count=_WHOLE, harm=_NUMBER
)
_PEAK: Final = object_of(
    "Peak",
    incidents=_WHOLE,
    hour_of_week=list_of(_WHOLE) | {"description": "168 counts from Monday 00:00."},
    windows=list_of(_PEAK_WINDOW),
)
_PEAK["properties"]["p"] = _NUMBER | {  # runs of earlier versions have none
    "description": "Of the first window: how rarely chance puts as much harm into any two hours."
}

_SHARED_POINT: Final = object_of(
    "SharedPoint",
    longitude=_NUMBER,
    latitude=_NUMBER,
    incidents=_WHOLE,
    count_share=_NUMBER,
    harm_share=_NUMBER,
)

BASES: Final = ("own", "neighbourhood", "both", "none")
"""On what a rank may stand beside what is expected, as `basis` says it."""

_HARM_BETWEEN: Final = {
    "type": "array",
    "prefixItems": [_NUMBER, _NUMBER],
    "minItems": 2,
    "maxItems": 2,
}


def _of_rank(of: str, own: str, *, on_pages: bool) -> tuple[Property, ...]:
    """Return the properties that say on what the rank of a target or a unit stands."""
    return (
        Property(
            "expected_harm",
            "number",
            gettext_noop("Expected harm"),
            "in the next four weeks, or the next month, from all incidents that are held",
            HARM_UNIT,
            nullable=True,
            tiled=True,
            reads="harm",
            on_pages=on_pages,
            always=False,
        ),
        Property(
            "expected_interval",
            "list",
            "Interval of expected harm",
            "that holds the harm to come in 95 of 100 cases; what is expected is a mean, and lies "
            "above it where offences are grave and rare; none where it was not asked for",
            HARM_UNIT,
            nullable=True,
            form=_HARM_BETWEEN,
            always=False,
        ),
        Property(
            "expected_low",
            "number",
            "Expected at least",
            "the lower end of the interval of expected harm",
            HARM_UNIT,
            nullable=True,
            reads="harm",
            always=False,
        ),
        Property(
            "expected_high",
            "number",
            "Expected at most",
            "the upper end of the interval of expected harm",
            HARM_UNIT,
            nullable=True,
            reads="harm",
            always=False,
        ),
        Property(
            "basis",
            "text",
            gettext_noop("Basis"),
            "on what its rank stands: its own excess over "
            "chance, that of its neighbourhood, both, or none, which chance can explain",
            values=BASES,
            tiled=True,
            on_pages=on_pages,
            always=False,
        ),
        Property(
            "p_own",
            "number",
            "p of its own",
            f"how rarely chance puts as much harm on {of}",
            reads="chance",
            always=False,
        ),
        Property(
            "p_without_worst",
            "number",
            "p without the worst",
            "the same without its worst incident",
            reads="chance",
            always=False,
        ),
        Property(
            "q_own",
            "number",
            "q of its own",
            "the greater of both p after control of the false discovery rate over all units",
            reads="chance",
            always=False,
        ),
        Property(
            "excess",
            "number",
            gettext_noop("Excess"),
            "its harm over what chance alone would put there, in times",
            nullable=True,
            always=False,
        ),
        Property(
            "months_in_top",
            "whole",
            gettext_noop("Months in the top"),
            "in how many months of the window, or steps of 28 days, "
            f"{own} among the 1 % of units with most harm; the run tells how many chance alone "
            "gives (`own_excess`, `top_by_chance`)",
            on_pages=on_pages,
            always=False,
        ),
    )


_CLASS_NAMES: Final = tuple(one.name for one in CLASSES)

_COUNT: Final = Property(
    "count", "whole", gettext_noop("Incidents"), "how many are used", tiled=True, on_pages=True
)
_HARM: Final = Property(
    "harm",
    "number",
    gettext_noop("Harm"),
    "sum of the weights of its incidents",
    HARM_UNIT,
    tiled=True,
    reads="harm",
    on_pages=True,
)
_SIZES: Final = (
    Property(
        "area_km2", "number", gettext_noop("Area"), "on the ellipsoid", "km2",
        kinds=_measured_by(AREA), on_pages=True,
    ),
    Property(
        "length_m", "number", gettext_noop("Length"), "of street, on the ellipsoid", "m",
        kinds=_measured_by(LENGTH), on_pages=True,
    ),
    Property(
        "harm_per_km2", "number", "Harm density", "harm by area", f"{HARM_UNIT} / km2",
        kinds=_measured_by(AREA),
    ),
    Property(
        "harm_per_100m", "number", "Harm density", "harm by length", f"{HARM_UNIT} / 100 m",
        kinds=_measured_by(LENGTH),
    ),
)  # fmt: skip

TARGET: tuple[Property, ...] = (
    Property("rank", "whole", "Rank", "1 is the first to patrol", tiled=True),
    Property(
        "target_id", "text", "Target", "the same for the same units in every run", tiled=True
    ),
    Property(
        "label", "text", "Place", "what people call it: the nearest street or area", tiled=True
    ),
    Property(
        "class", "text", "Class", "of its unit with the smallest q", values=_CLASS_NAMES,
        tiled=True, always=False,
    ),
    Property("note", "text", "Note", "why this place, and any caution", tiled=True),
    Property(
        "unit", "text", "Unit", "kind of the units that it is made of",
        values=tuple(KINDS), tiled=True,
    ),
    Property("resolution", "whole", "Resolution", "of its H3 cells", nullable=True, always=False),
    Property("members", "list", "Members", "ids of its units", form=list_of(_STRING)),
    *_SIZES,
    _COUNT,
    _HARM,
    Property("harm_share", "number", gettext_noop("Share of harm"), "of all in the study area", "1",
             tiled=True, on_pages=True),
    Property(
        "count_share", "number", "Share of incidents", "of all in the study area", "1", always=False
    ),
    Property("z_max", "number", "Greatest z", "of the Getis-Ord Gi* of its units", always=False),
    Property("p_min", "number", "Smallest p", "of the units that make it hot", always=False),
    Property(
        "q_min", "number", "Smallest q", "of the units that make it hot: p after control of the "
        "false discovery rate", tiled=True, always=False,
    ),
    Property(
        "offences", "object", "Offences", "number of incidents by offence code",
        form=by_name(_WHOLE), always=False,
    ),
    Property(
        "harm_by_offence", "object", "Harm by offence", "by offence code", HARM_UNIT,
        form=by_name(_NUMBER), always=False,
    ),
    Property(
        "dominance", "number", "Dominance", "share of its harm that its single worst incident "
        "contributes", "1", tiled=True, always=False,
    ),
    Property(
        "effective_incidents", "number", "Effective incidents", "number of equal incidents that "
        "would spread harm as much", always=False,
    ),
    *_of_rank("one of its units", "one of its units was", on_pages=True),
    Property(
        "trend", "object", "Trend", "this window against the one before", nullable=True,
        form=_TREND, always=False,
    ),
    Property(
        "series", "object", "Series", "incidents and harm week by week, or month by month",
        nullable=True, always=False, form=_SERIES,
    ),
    Property(
        "peak", "object", "Peak", "when it happens, by hour of the week, and the two-hour windows "
        "that hold more harm than chance would put there", nullable=True, form=_PEAK, always=False,
    ),
    Property(
        "peak_reason", "text", "No peak", "why no peak hours are told", nullable=True,
        values=("hours_unknown", "default_times", "no_clear_peak"), always=False,
    ),
    Property(
        "shared_point", "object", "Shared point", "coordinate on which most of its incidents or "
        "harm lie; none where there is no such one", nullable=True, form=_SHARED_POINT,
        always=False,
    ),
    Property("district", "text", "District", "that holds most of its harm", nullable=True,
             tiled=True, always=False),
)  # fmt: skip
"""Properties of a target, what people read first at the front.

Those that are always there, every analysis that chooses targets gives; the others tell of a test or
of incidents, where it looked at them.
"""

SCORE: tuple[Property, ...] = (
    Property("unit_id", "text", "Unit", "cell, street segment or area, as its source names it",
             tiled=True),
    _COUNT,
    _HARM,
    Property("z", "number", "z", "Getis-Ord Gi* of the unit and its neighbours, in standard "
             "deviations", on_pages=True),
    Property("p", "number", "p", "probability of a value at least as extreme by chance, of this "
             "unit alone", reads="chance"),
    Property("q", "number", "q", "p after control of the false discovery rate over all units",
             tiled=True, reads="chance", on_pages=True),
    Property("class", "text", gettext_noop("Class"), "by q", values=_CLASS_NAMES, tiled=True,
             on_pages=True),
    Property("rank", "whole", "Rank", "1 is the unit with most harm", tiled=True),
    Property("cumulative_harm_share", "number", "Cumulative share of harm", "that units up to "
             "this rank hold", "1"),
    *_of_rank("it", "it was", on_pages=False),
    Property("label", "text", "Place", "what people call it: the street or area", nullable=True,
             tiled=True),
    *_SIZES,
    Property("district", "text", "District", "in which it lies", nullable=True,
             asked_by="districts"),
    Property("population", "number", "Residents", "how many live there",
             asked_by="population_column"),
    Property("harm_per_1000_residents", "number", "Harm by residents", "none where nobody lives",
             f"{HARM_UNIT} / 1000 residents", nullable=True, asked_by="population_column"),
    Property("rate", "number", "Rate", "what was tested: the value by its denominator",
             asked_by="denominator"),
)  # fmt: skip
"""Properties of a unit that an analysis scored, in the order in which they are shown."""

BOUNDARY: tuple[Property, ...] = (
    Property("name", "text", "Name", "of the area", tiled=True),
    Property("properties", "object", "Properties", "what else the file says of the area"),
)
"""Properties of an area of a boundary layer."""

STREET: tuple[Property, ...] = (
    Property("segment_id", "text", "Segment", "its id, as units of runs name it", tiled=True),
    Property("name", "text", "Name", "of the street", nullable=True, tiled=True),
    Property("road_class", "text", "Road class", "as the source of the network has it",
             nullable=True, tiled=True),
    Property("length_m", "number", "Length", "on the ellipsoid", "m", tiled=True),
    Property("source_ids", "list", "Source ids", "segments of the source that it stands for; none "
             "where the network was not simplified", nullable=True, form=list_of(_STRING)),
)  # fmt: skip
"""Properties of a segment of a street network."""

_BEFORE: Final = "in the earlier list"
_COMPARED_ON: Final = object_of(
    "ComparedOn",
    members=_WHOLE,
    count=_WHOLE_OR_NONE,
    count_before=_WHOLE_OR_NONE,
    harm=_NUMBER_OR_NONE,
    harm_before=_NUMBER_OR_NONE,
)
COMPARED: tuple[Property, ...] = (
    Property("status", "text", "Status", "what became of it in the list; gone: nothing is left, "
             "beyond chance; left: it is not listed now",
             values=("new", "gone", "left", "up", "down", "same")),
    Property("change", "text", "Change", "of what it held by the day, beyond chance; none where "
             "the runs cannot tell", values=COURSES, nullable=True),
    Property("rank", "whole", "Rank", "in the later list", nullable=True),
    Property("rank_before", "whole", "Rank before", _BEFORE, nullable=True),
    Property("rank_change", "whole", "Change of rank", "below 0 where it moved up", nullable=True),
    Property("target_id", "text", "Target", "in the later list", nullable=True),
    Property("target_id_before", "text", "Target before", _BEFORE, nullable=True),
    *(one for one in TARGET if one.name in ("label", "class", "unit", "resolution", "members")),
    Property("overlap", "number", "Overlap", "mean of the shares of harm that both targets have in "
             "common", "1"),
    Property("merged_from", "list", "Merged from", "earlier targets that it took in",
             form=list_of(_STRING)),
    Property("merged_into", "text", "Merged into", "later target that took it in", nullable=True),
    Property("split_from", "text", "Split from", "earlier target that it was part of",
             nullable=True),
    Property("count", "whole", "Incidents", "in the later window, as its list has them",
             nullable=True),
    Property("count_before", "whole", "Incidents before", "in the earlier window, as its list has "
             "them", nullable=True),
    Property("count_per_day", "number", "Incidents a day", "in the later window", nullable=True),
    Property("count_per_day_before", "number", "Incidents a day before", "in the earlier window",
             nullable=True),
    Property("count_ratio", "object", "Ratio of counts", "by day, on the same units", nullable=True,
             form=object_of("CountRatio", **_RATIO)),
    Property("harm", "number", "Harm", "in the later window, as its list has it", HARM_UNIT,
             nullable=True),
    Property("harm_before", "number", "Harm before", "in the earlier window, as its list has it",
             HARM_UNIT, nullable=True),
    Property("harm_per_day", "number", "Harm a day", "in the later window", f"{HARM_UNIT} / day",
             nullable=True),
    Property("harm_per_day_before", "number", "Harm a day before", "in the earlier window",
             f"{HARM_UNIT} / day", nullable=True),
    Property("harm_ratio", "object", "Ratio of harm", "by day, on the same units", nullable=True,
             form=object_of("HarmRatio", **_RATIO)),
    Property("harm_change", "number", "Change of harm", "where both runs count alike in windows of "
             "one length", HARM_UNIT, nullable=True),
    Property("compared_on", "object", "Compared on", "the units of both targets together, and what "
             "they held: what the ratios rest on", form=_COMPARED_ON),
    Property("note", "text", "Note", "what became of it, in plain words"),
)  # fmt: skip
"""Properties of a target beside what it was in an earlier run."""
