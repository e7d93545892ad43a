"""The steps from a received file to a release, one module each, in the order of the flow.

Each module holds plain functions first and its Dagster asset last and thin.
"""
