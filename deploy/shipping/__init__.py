"""The parts of the script deploy/release."""
