"""Break the service and its disk while clients are served, and look what is left."""
