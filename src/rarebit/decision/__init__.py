"""From probabilities to decisions: thresholds, prior correction, calibration, costs."""
