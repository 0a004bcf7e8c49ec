"""The excess of own harm: what drawing a million times gives, and how often chance alone alarms."""

from pathlib import Path

import numpy as np

from bench.trials import cities, trial
from spatial import excess
from spatial.multiple_testing import adjust

ALPHA = 0.05


def test_own_excess_is_what_a_million_draws_give(shared_data: Path, proved):
    """On the last year of the City of London: cells at its edge and within, quiet and busy ones."""
    london = trial.on_cells(cities.london(shared_data), 10)
    numbers = london.counts[:, :, -12:].sum(axis=2).astype(np.int64)
    offence, unit = np.nonzero(numbers)
    many = numbers[offence, unit]
    weights = np.rint(london.weight * 100).astype(np.int64)
    position = np.repeat(unit, many)
    found = excess.own(position, np.repeat(weights[offence], many), london.share)
    heaviest = np.argsort(weights)[::-1]
    held = np.array([0 if column.sum() == 0 else weights[column > 0].max() for column in numbers.T])
    rng, draws, farthest, tested = np.random.default_rng(1), 1_000_000, 0.0, 0
    for unit in np.argsort(found.p)[:: london.units // 24]:
        a = london.share[unit]
        drawn = [rng.binomial(numbers[j].sum(), a, draws) for j in range(len(weights))]
        harm = sum(w * k for w, k in zip(weights, drawn, strict=True))
        worst = np.zeros(draws, dtype=np.int64)
        for j in heaviest:
            worst = np.where((worst == 0) & (drawn[j] > 0), weights[j], worst)
        x = found.observed[unit]
        for p, reached in (
            (found.p[unit], (harm >= x).mean()),
            (found.p_without_worst[unit], (harm - worst >= x - held[unit]).mean()),
        ):
            error = np.sqrt(max(p * (1 - p), 1e-12) / draws)
            # p is that of a share up to 1 % more, which moves a tail by a few percent at most
            assert reached - 5 * error - 2e-6 <= p <= reached * 1.15 + 5 * error + 2e-6
            farthest, tested = max(farthest, abs(p - reached)), tested + 1
    proved(
        "The excess of own harm is what drawing gives",
        f"{tested} p-values of cells of the City of London differ from those of a million draws by "
        f"{farthest:.4f} at most; shares were rounded up by {found.rounded:.1%} at most.",
    )


def test_by_chance_alone_few_runs_call_any_unit_own(proved):
    """Cells within and at the edge, harm with heavy tails; the level plus two standard errors."""
    runs, alarms, tested_alone = 500, 0, 0
    within, edge = np.full(240, 1.0), np.geomspace(0.001, 0.999, 60)
    share = np.concatenate((within, edge))
    share /= share.sum()
    weights = np.array([100, 200, 750, 1157, 19710, 36500, 547500])
    often = np.array([0.3, 0.25, 0.2, 0.1, 0.1, 0.045, 0.005])
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        position = rng.choice(share.size, 1_200, p=share)
        found = excess.own(position, rng.choice(weights, 1_200, p=often), share)
        basis, _ = excess.basis(found.p, found.p_without_worst, np.ones(share.size), ALPHA)
        alarms += bool((basis != "none").any())
        tested_alone += bool((adjust(found.p) <= ALPHA).any())
    most = runs * (ALPHA + 2 * np.sqrt(ALPHA * (1 - ALPHA) / runs))
    assert alarms <= most
    assert tested_alone <= most
    proved(
        "By chance alone, few runs call the harm of any unit its own",
        f"{alarms} of {runs} runs have a unit with q <= {ALPHA}, of the plain test by itself "
        f"{tested_alone}; {most:.0f} is the level and two standard errors.",
    )
