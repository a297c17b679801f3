"""Read models: one module a list, with the actor's scope inside every statement."""
