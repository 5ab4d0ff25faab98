"""Exact nearest neighbours in the joint feature and state space."""
