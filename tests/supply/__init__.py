"""Look at what this project is built from: pins, known faults of packages, licences."""
