"""The constants are those of the recordings, within bounds that are said."""

import pytest

from simulators.radio import fitted
from simulators.radio.fit import fit, likeness, report
from simulators.radio.recorded import moving, still
from tests.support.real import data


@pytest.fixture(scope="module")
def folder():
    return data("ble_rssi")


@pytest.fixture(scope="module")
def quiet(folder):
    return still(folder)


def test_the_constants_are_what_the_recordings_say(folder, quiet):
    """A constant that nobody can measure again is an opinion."""
    found = fit(quiet, moving(folder))
    assert found.path_exponent == pytest.approx(fitted.PATH_EXPONENT, abs=0.02)
    assert found.receiver_sd_db == pytest.approx(fitted.RECEIVER_SD_DB, abs=0.1)
    assert found.fading_sd_db == pytest.approx(fitted.FADING_SD_DB, abs=0.05)
    assert found.shadow_sd_db == pytest.approx(fitted.SHADOW_SD_DB, abs=0.3)
    assert found.shadow_memory_m == pytest.approx(fitted.SHADOW_MEMORY_M, abs=0.1)
    assert 1.0 < found.fading_shape < 2.0


def test_simulated_adverts_are_distributed_and_correlated_as_recorded_ones(quiet):
    """The bounds stand on the page: 0.03 apart, quantiles within a decibel, correlations within 0.06."""
    like = likeness(quiet)
    assert like.distance < 0.03
    assert all(abs(real - mock) < 1.0 for real, mock in like.quantiles_db)
    assert all(abs(real - mock) < 0.06 for real, mock in like.correlation)
    real, mock = like.window_mean_sd_db
    assert mock == pytest.approx(real, abs=0.3)
    real, mock = like.window_best_db
    assert mock == pytest.approx(real, abs=0.5)


def test_the_program_says_each_constant_beside_what_is_used(folder):
    """Who changes a constant sees what it should have been."""
    lines = list(report(folder))
    assert sum("measured" in line and "used" in line for line in lines) == 9
    assert any("Kolmogorov-Smirnov" in line for line in lines)
