"""Coupled parts: scarce money or goods, teams and hours at once; prices, bound, plan and polish."""
