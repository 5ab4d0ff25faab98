"""scikit-learn's tags of the estimators."""

import numpy as np
import pytest
from sklearn.utils import get_tags

from rarebit.exceptions import InputError
from rarebit.imaging import ForwardDiffusionAugmenter, MixupAugmenter, SDAQECClassifier


@pytest.mark.parametrize(
    "estimator", [SDAQECClassifier(), ForwardDiffusionAugmenter(), MixupAugmenter()]
)
def test_images_are_accepted_and_tables_refused(estimator):
    tags = get_tags(estimator).input_tags
    assert (tags.two_d_array, tags.three_d_array) == (False, True)
    take = getattr(estimator, "fit_resample", None) or estimator.fit
    with pytest.raises(InputError, match="images have shape"):
        take(np.zeros((4, 8)), [0, 0, 1, 1])
