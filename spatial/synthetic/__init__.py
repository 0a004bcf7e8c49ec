"""A synthetic city: a seeded simulator with planted harm spots, for demos, tests and calibration.

Nothing in it is real. The city lies in the open sea, so that no street of it can be taken for one
that exists.
"""

from spatial.synthetic.ground import CENTRE, NAME, RADIUS_M, TIME_ZONE
from spatial.synthetic.noise import noise_units
from spatial.synthetic.places import (
    NEAR_REPEAT_DAYS,
    NEAR_REPEAT_M,
    NEAR_REPEAT_SHARE,
    SPOT_RADIUS_M,
)
from spatial.synthetic.simulator import City, city, raw_table

__all__ = [
    "CENTRE",
    "NAME",
    "NEAR_REPEAT_DAYS",
    "NEAR_REPEAT_M",
    "NEAR_REPEAT_SHARE",
    "RADIUS_M",
    "SPOT_RADIUS_M",
    "TIME_ZONE",
    "City",
    "city",
    "noise_units",
    "raw_table",
]
