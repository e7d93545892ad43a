"""The attacker: what anybody can find out from published protected counts. Imports nothing that makes them.

`attack` is arithmetic, `relations` is what everybody knows about counts, `open_tables` what open collections
add, `published` reads release files, `findings` attacks a release and reports.
"""
