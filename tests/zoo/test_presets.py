import pytest

from rarebit.zoo import PRESETS, get_classifier, get_treatment


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_everything_named_is_there_and_an_untouched_tuned_baseline_among_it(preset):
    assert all(get_classifier(name).available() for name in preset.classifiers)
    assert all(get_treatment(name).available() for name in preset.treatments)
    assert {"untouched", "tuned_threshold"} <= set(preset.treatments)


def test_presets_grow():
    quick, default, thorough = (PRESETS[name] for name in ("quick", "default", "thorough"))
    assert set(quick.classifiers) < set(default.classifiers) < set(thorough.classifiers)
    assert set(quick.treatments) < set(default.treatments) < set(thorough.treatments)
    assert quick.n_configs < default.n_configs < thorough.n_configs


def test_all_but_the_thorough_need_no_extra():
    for name in ("quick", "default"):
        assert all(get_classifier(each).module is None for each in PRESETS[name].classifiers)
