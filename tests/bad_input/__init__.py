"""What bad input gets: a finding with its place and a way out, and nothing else changes."""
