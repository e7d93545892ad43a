"""Ways in which personal data come, and tables that look like them and are none; all persons are made up."""
