"""QI-SMOTE and its quantum feature map."""
