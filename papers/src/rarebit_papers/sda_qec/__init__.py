"""SDA-QEC (arXiv:2601.18556): its tables and ablations on open images.

The angiography images of the paper are private: PneumoniaMNIST, as it is and with its rare class
cut to 1 : 10, and BUSI (malignant against the rest) stand in.
"""
