"""Send what no client should, at the door in process and over HTTP, and see that nothing breaks."""
