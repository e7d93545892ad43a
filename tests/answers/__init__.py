"""Tests of the contract of answers and of its doors."""
