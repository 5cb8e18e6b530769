"""What fakes3 costs, beside a floor and moto, in one run. Never part of the tests: see README.md here."""
