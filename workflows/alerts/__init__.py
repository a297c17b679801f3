"""Who may be in difficulty: groups of people at risk, rules that raise alerts, and what came of them."""
