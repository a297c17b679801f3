"""The composition root: settings, wiring, the command line and the server; the only room that knows all others."""
