"""What takes longer than a test may: rounds of receipts side by side, hundreds of kills."""
