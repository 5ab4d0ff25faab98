"""The QCL-MixNet network: its layers, their controls, and members trained side by side."""
