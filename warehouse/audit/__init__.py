"""The attacker: what anybody finds out from published tables of small counts. Knows nothing of their making.

`attack` is arithmetic, `published` reads the protected tables of release files, `derived` what the others say
of them, `findings` judges and tells. Nothing of warehouse/disclosure is used here, so that a mistake there is
no mistake here.
"""
