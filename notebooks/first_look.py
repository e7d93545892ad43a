"""A first look at a release: catalogue, origin with its bounds, a chart, the vintage of a day."""

import marimo

__generated_with = "0.25.2"
app = marimo.App()


@app.cell
def _():
    import marimo as mo

    from lineabase import Warehouse, charts

    return Warehouse, charts, mo


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Primera mirada / First look

    Abre la publicación vigente, mira el catálogo y el origen de quienes ingresaron por el Darién,
    y pregunta qué se sabía en un día. Antes: `make refresh`.

    Opens the release in force, looks at the catalogue and at the origin of those who entered through
    Darién, and asks what was known on a day. Before it: `make refresh`.
    """)
    return


@app.cell
def _(Warehouse):
    warehouse = Warehouse.open()
    warehouse.query("SELECT release, as_of FROM registry.release")
    return (warehouse,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Catálogo / Catalogue

    `kind`: outcome, process, structural, quality; context acompaña y nunca se suma a lo demás /
    stands beside the others and is never added to them.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query(
        "SELECT indicator, kind, family, name_es, name_en, data FROM baseline.catalogue ORDER BY ALL"
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Origen / Origin

    Una clase es un intervalo: `persons_low` es lo que el desglose nombra; `possible_high`, lo más que
    puede ser si todo lo indeterminado le perteneciera. Las proporciones son sobre el total. `single_origin`:
    casi toda la clase es de una sola nacionalidad, ausente en los años de alrededor; está por confirmar.

    A class is an interval: `persons_low` is what the breakdown names; `possible_high`, the most it can
    be if all that is indeterminate belonged to it. Shares are over the total. `single_origin`: nearly all
    of the class is one nationality, absent in the years around; it awaits confirmation.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query("""
        SELECT
            year, origin_class, class_level, persons_low, possible_high,
            total_low AS total, round(share_low, 4) AS share_low, round(share_high, 4) AS share_high, flag
        FROM baseline.origin_profile
        WHERE collection = 'PAN-SNM/darien_nationality' AND year >= 2022
        ORDER BY ALL
    """)
    return


@app.cell
def _(charts, mo, warehouse):
    chart = charts.origin_by_year(warehouse, "PAN-SNM/darien_nationality", "es")
    mo.image(charts.png(chart, scale=1))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Orígenes que entran y salen / Origins that enter and leave

    Solo los años enteros dicen una ausencia, y solo si la tabla no oculta a quienes pudieran ser de ese
    origen; si no, `possibly_…`. Los orígenes tienen lugar en su serie; los países que informan, nunca.

    Only whole years tell of absence, and only where the table hides nobody who may be of that origin;
    else `possibly_…`. Origins have a rank in their series; reporting countries never have one.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query("""
        SELECT
            citizenship, origin_class, first_named, last_named, baseline_period, baseline_low,
            last_year, last_low, rank, status
        FROM analysis.origins
        WHERE collection = 'PAN-SNM/darien_nationality' AND (rank <= 5 OR status LIKE 'possibly%')
        ORDER BY rank NULLS LAST, citizenship
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Lo que se sabía en un día / What was known on a day

    Ningún valor se borra: cada uno dice desde y hasta cuándo estuvo vigente. El predicado de abajo da
    la versión de cualquier día. `Warehouse.open(as_of=…)` construye lo que se sabía;
    `Warehouse.open(release=…)` abre lo que se vio.

    No value is deleted: each says from when and until when it was in force. The predicate below gives
    the version of any day. `Warehouse.open(as_of=…)` builds what was known;
    `Warehouse.open(release=…)` opens what readers saw.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query(
        """
        SELECT collection, count(*) AS values_in_force, max(period_end) AS until
        FROM core.observations
        WHERE known_from <= $day AND (known_to IS NULL OR known_to > $day)
        GROUP BY collection ORDER BY collection
        """,
        {"day": "2025-05-31"},
    )
    return


if __name__ == "__main__":
    app.run()
