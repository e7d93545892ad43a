"""The steward's page: plain forms over the steps, receipts and decisions that the command line uses, too.

Server-rendered, without a script; nothing is loaded from elsewhere. No rule, no figure and no Dagster asset
is here: each page shows what a room below answers, and each form calls what a command calls.
"""
