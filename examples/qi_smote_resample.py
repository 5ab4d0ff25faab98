"""Over-sample a table with QI-SMOTE and plot the data before and after.

    python examples/qi_smote_resample.py [data.csv target [out.png]]

Without arguments, the script uses scikit-learn's breast cancer data, reduced to 40 malignant cases.
"""

import sys

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import load_breast_cancer

from rarebit.over_sampling import QISMOTE

if len(sys.argv) > 2:
    frame = pd.read_csv(sys.argv[1])
    target = frame.pop(sys.argv[2])
else:
    frame, target = load_breast_cancer(return_X_y=True, as_frame=True)
    frame = frame[["mean smoothness", "mean concavity", "worst radius", "worst texture"]]
    target = target.map({0: "malignant", 1: "benign"})
    kept = target[target == "benign"].index.union(target[target == "malignant"].index[:40])
    frame, target = frame.loc[kept], target.loc[kept]

sampler = QISMOTE(random_state=0)
balanced, balanced_target = sampler.fit_resample(frame, target)
made = sampler.synthetic_
print(target.value_counts().to_dict(), "->", balanced_target.value_counts().to_dict())
print(made.head(3).to_string(index=False))

# --- plot -----------------------------------------------------------------------------------------

x, y = frame.select_dtypes("number").columns[-2:]
rare = target.value_counts().idxmin()
common = [label for label in target.unique() if label != rare]
others_name = f"{common[0]}, original" if len(common) == 1 else "other classes"
figure, panels = plt.subplots(1, 2, figsize=(10, 4.4), sharex=True, sharey=True)
figure.set_layout_engine("constrained")
for panel in panels:
    others, own = frame[target != rare], frame[target == rare]
    panel.scatter(others[x], others[y], s=14, color="#c9ced6", linewidths=0, label=others_name)
    panel.scatter(
        own[x], own[y], s=34, color="#1f2937", edgecolors="white", linewidths=0.6,
        label=f"{rare}, original", zorder=4,
    )  # fmt: skip
    panel.spines[["top", "right"]].set_visible(False)
    panel.set_xlabel(x)
new = balanced.iloc[made["row"]]
colored = panels[1].scatter(
    new[x], new[y], c=made["energy"], cmap="plasma", s=20, alpha=0.9, linewidths=0,
    label=f"{rare}, synthetic", zorder=3,
)  # fmt: skip
panels[0].set_ylabel(y)
panels[0].set_title(f"Before: {len(own)} of {len(frame)} rows are {rare}", loc="left")
panels[1].set_title(f"After: {len(made)} synthetic rows, colored by energy", loc="left")
panels[1].legend(frameon=False, loc="best", fontsize=9)
bar = figure.colorbar(colored, ax=panels[1], pad=0.01)
bar.set_label("energy (low: typical of the class)")
bar.outline.set_visible(False)
out = sys.argv[3] if len(sys.argv) > 3 else "qi_smote_resample.png"
figure.savefig(out, dpi=160)
print("wrote", out)
