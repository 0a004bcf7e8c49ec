"""Which share of each polygon lies inside an area."""

import numpy as np
import shapely

from spatial import areas, grid

LONDON = shapely.Point(-0.09, 51.51).buffer(0.02, quad_segs=200)


def test_the_share_inside_is_what_an_intersection_says_however_many_are_cut():
    cells = grid.polygons(grid.cover(LONDON, 11))
    share = areas.share_inside(cells, LONDON)
    plainly = shapely.area(shapely.intersection(cells, LONDON)) / shapely.area(cells)
    assert ((share > 0) & (share < 1)).sum() > 100
    np.testing.assert_allclose(share, plainly, rtol=0, atol=1e-9)


def test_a_polygon_outside_has_no_share_and_one_within_is_whole():
    shapes = np.array([shapely.box(0, 0, 1, 1), shapely.box(-0.091, 51.509, -0.089, 51.511)])
    assert areas.share_inside(shapes, LONDON).tolist() == [0, 1]


def test_a_hole_is_not_inside():
    ring = shapely.Point(0, 0).buffer(2).difference(shapely.Point(0, 0).buffer(1))
    assert areas.share_inside(np.array([shapely.box(-0.1, -0.1, 0.1, 0.1)]), ring).tolist() == [0]
