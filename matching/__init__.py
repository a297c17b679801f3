"""
Who gets what: pure functions from a problem, a policy and a seed to a plan.

Never sees a database. Solvers propose; ``audit`` trusts none of them; ``explain`` says why and why not.
"""
