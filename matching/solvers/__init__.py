"""Solvers: flows by OR-Tools, programmes by HiGHS. Nothing outside this package imports either."""
