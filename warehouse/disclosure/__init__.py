"""Protection of small counts: which cells of the fixed tables of protected collections are published.

`cells` makes the tables, `relations` says what adds up, `protection` finds the pattern, `releases` holds it
against the last published one. What an attacker finds out from the published file is warehouse/audit, which
imports nothing from here, nor is it imported.
"""
