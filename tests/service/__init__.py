"""Run the service as its operators do, and press on it."""
