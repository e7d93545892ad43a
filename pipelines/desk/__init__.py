"""Web page of the steward: plain forms for the steps, receipts and decisions that the commands use too.

Pages are rendered on the server, without scripts and without resources from other sites. The package has no
rules, no calculations and no Dagster assets: a page shows results of lower packages, and a form calls the
same functions as a command.
"""

__all__: list[str] = []
