"""Numbers as people read them: one rule of rounding for sentences, sheets, tables and the map.

A number is rounded by its shortest decimal form, halves away from zero, as browsers write numbers
(ECMA-402): 4380.5 is 4,381 wherever it stands. `web/src/words/format.ts` is the twin, and
`web/tests/rounding.json` holds what both say.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def decimals(value: float, places: int = 0) -> str:
    """Return a number with so many decimals.

    Examples
    --------
    >>> decimals(4380.5), decimals(-0.4), decimals(12.25, 1)
    ('4,381', '0', '12.3')
    """
    return _written(_exact(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def figures(value: float, most: int) -> str:
    """Return a number with at most so many significant figures, without exponent.

    Examples
    --------
    >>> figures(0.012345, 3), figures(2.0, 3), figures(1234, 3), figures(9.996, 3)
    ('0.0123', '2', '1,230', '10')
    """
    exact = _exact(value)
    if not exact:
        return "0"
    step = exact.adjusted() - most + 1
    rounded = exact.quantize(Decimal(1).scaleb(step), ROUND_HALF_UP)
    text = _written(Decimal(f"{rounded:f}"))
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exact(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def _written(value: Decimal) -> str:
    return f"{value if value else abs(value):,f}"


def harm(value: float) -> str:
    """Return harm: whole, with three figures where it is below ten.

    Examples
    --------
    >>> harm(43593.25), harm(4380.5), harm(2.5), harm(0)
    ('43,593', '4,381', '2.5', '0')
    """
    return figures(value, 3) if abs(value) < 10 else decimals(value)


def percent(share: float, places: int = 1) -> str:
    """Return a share of one as percent.

    Examples
    --------
    >>> percent(0.1214), percent(0.285, 0)
    ('12.1%', '29%')
    """
    hundredfold = _exact(share).scaleb(2)  # by its digits: 0.285 * 100 is 28.499999999999996
    return f"{_written(hundredfold.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))}%"


def stored(value: float | None) -> float | None:
    """Return a number as answers keep it: with six decimals; None for what is not applicable.

    Examples
    --------
    >>> stored(0.12345649), stored(-1e-9), stored(float("nan")), stored(None)
    (0.123456, 0.0, None, None)
    """
    if value is None or value != value:
        return None
    return round(float(value), 6) + 0.0  # no negative zero
