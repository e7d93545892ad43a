"""The whole graph as text: every asset with what it stands on, its columns and its checks.

`python -m tests.graph_snapshot` writes tests/graph.txt; test_graph fails where it has drifted.
"""

from pathlib import Path

import dagster as dg

from pipelines.dagster.definitions import definitions
from warehouse.home import CHECKOUT, Home

SNAPSHOT = Path(__file__).with_name("graph.txt")


def render() -> str:
    """One block an asset, in order of group and name; then the jobs."""
    everything = definitions(Home(CHECKOUT))
    found = [(spec, asset) for asset in everything.assets or [] for spec in asset.specs]
    found.sort(key=lambda pair: (str(pair[0].group_name), pair[0].key.to_user_string()))
    jobs = [f"job {job.name}: {job.description}" for job in everything.jobs or []]
    return "\n\n".join([*(_block(*pair) for pair in found), *jobs]) + "\n"


def _block(spec: dg.AssetSpec, asset: dg.AssetsDefinition) -> str:
    columns = spec.metadata.get("dagster/column_schema")
    checks = [check.name for check in asset.check_specs if check.asset_key == spec.key]
    lines = {
        "group": spec.group_name,
        "on": _listed(dep.asset_key.to_user_string() for dep in spec.deps),
        "by": spec.partitions_def.name if spec.partitions_def else "",
        "owners": _listed(spec.owners),
        "kinds": _listed(spec.kinds),
        "columns": ", ".join(column.name for column in columns.columns) if columns else "",
        "checks": _listed(checks),
    }
    return "\n".join(
        [spec.key.to_user_string(), *(f"  {name}: {text}" for name, text in lines.items() if text)]
    )


def _listed(names) -> str:
    return ", ".join(sorted(names))


if __name__ == "__main__":
    SNAPSHOT.write_text(render(), encoding="utf-8")
