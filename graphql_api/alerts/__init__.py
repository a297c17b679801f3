"""Who may be in difficulty: alerts, groups at risk, and the rules behind them."""
