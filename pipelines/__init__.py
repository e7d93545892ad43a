"""What runs when and with what: Dagster definitions, the command line, the desk, the web doors."""
