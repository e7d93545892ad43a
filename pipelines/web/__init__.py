"""What every HTTP door of lineabase shares: guard, limits for slow clients, health."""
