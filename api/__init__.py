"""Serve determinations over HTTP; the engine knows nothing of it."""
