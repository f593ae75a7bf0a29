"""The parts of deploy/release."""
