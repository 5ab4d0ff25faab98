"""The treatments of class imbalance. A new sampler is one line of the table."""

from __future__ import annotations

from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import (
    ADASYN,
    SMOTE,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    RandomOverSampler,
)
from imblearn.under_sampling import EditedNearestNeighbours, RandomUnderSampler, TomekLinks

from rarebit.over_sampling import QISMOTE
from rarebit.zoo.spec import Treatment, seeded

# The positions of the categories are set when the columns are known.
_SMOTENC = SMOTENC(categorical_features=[0])
# Their parts are spelled out so that their parameters can be reached: smote__k_neighbors.
_SMOTE_ENN = SMOTEENN(smote=SMOTE(), enn=EditedNearestNeighbours(sampling_strategy="all"))
_SMOTE_TOMEK = SMOTETomek(smote=SMOTE(), tomek=TomekLinks(sampling_strategy="all"))

TREATMENTS = (
    Treatment("untouched", "Untouched"),
    Treatment("class_weights", "Class weights", "weights"),
    Treatment("tuned_threshold", "Tuned threshold", "threshold", decision="tuned"),
    Treatment("random_over", "Random over-sampling", "resampling", seeded(RandomOverSampler())),
    Treatment("random_under", "Random under-sampling", "resampling", seeded(RandomUnderSampler())),
    Treatment("smote", "SMOTE", "resampling", seeded(SMOTE())),
    Treatment("smotenc", "SMOTENC", "resampling", seeded(_SMOTENC), categorical="required"),
    Treatment("borderline_smote", "Borderline-SMOTE", "resampling", seeded(BorderlineSMOTE())),
    Treatment("adasyn", "ADASYN", "resampling", seeded(ADASYN())),
    Treatment("svm_smote", "SVM-SMOTE", "resampling", seeded(SVMSMOTE())),
    Treatment("smote_enn", "SMOTE + ENN", "resampling", seeded(_SMOTE_ENN)),
    Treatment("smote_tomek", "SMOTE + Tomek", "resampling", seeded(_SMOTE_TOMEK)),
    Treatment("qi_smote", "QI-SMOTE", "resampling", seeded(QISMOTE()), categorical="native"),
)
