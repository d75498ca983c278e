"""The lab: real peers of the tests, in one network namespace without a way out."""
