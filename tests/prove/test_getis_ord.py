"""The permutation p of Gi* beside that of an independent implementation, at full length."""

import numpy as np

from tests.unit.test_getis_ord import difference_from_esda


def test_p_is_within_monte_carlo_error_of_esda(proved):
    permutations = 99_999
    differences = difference_from_esda(permutations)
    proved(
        "The permutation p of Gi* is that of esda",
        f"With {permutations:,} permutations of each, the largest difference over "
        f"{differences.size} units is {np.max(differences):.4f}, within five standard errors.",
    )
