"""Programmes for HiGHS: linear relaxations with prices, whole programmes with bounds."""
