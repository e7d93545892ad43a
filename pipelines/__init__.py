"""What runs when and with what: definitions, jobs, schedules, sensors, resources, the command line."""
