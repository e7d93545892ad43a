"""Vintages and sources: what was known on a day, what was revised, whether sources agree, the cells."""

import marimo

__generated_with = "0.25.2"
app = marimo.App()


@app.cell
def _():
    import marimo as mo
    import pandas as pd

    from lineabase import Warehouse

    pd.set_option("display.max_rows", 60, "display.min_rows", 60, "display.max_colwidth", None)
    return Warehouse, mo


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Versiones y fuentes

    Ningún valor se borra: cada uno dice desde y hasta cuándo estuvo vigente. Aquí: qué se sabía un día, qué
    cambió el extracto siguiente, si dos fuentes dicen lo mismo, quién informó y por qué falta lo que falta,
    y de una cifra a las celdas del archivo recibido.

    *Summary: no value is deleted. What was known on a day, what the next extract changed, whether two
    sources agree, who reported and why the rest is missing, and from a figure to the cells of its file.*
    """)
    return


@app.cell
def _(Warehouse):
    warehouse = Warehouse.open()
    warehouse
    return (warehouse,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Lo que se sabía en un día

    El mismo total, como constaba antes y después del segundo extracto de la UNODC. `Warehouse.open(as_of=…)`
    construye todo lo que se sabía un día; `Warehouse.open(release=…)` abre lo que se vio.
    """)
    return


@app.cell
def _(warehouse):
    known = """
        SELECT reporting_country, year, value_low
        FROM core.observations
        WHERE collection = 'UNODC/glotip' AND measure = 'victims_detected' AND breakdown = 'total'
          AND year BETWEEN 2018 AND 2021
          AND known_from <= $day AND (known_to IS NULL OR known_to > $day)
    """
    before = warehouse.query(known, {"day": "2024-01-01"})
    after = warehouse.query(known, {"day": "2026-01-01"})
    changed = before.merge(after, on=["reporting_country", "year"], suffixes=("_2024", "_2026"), how="outer")
    changed = changed[~changed["value_low_2024"].eq(changed["value_low_2026"])]
    changed[["reporting_country", "year", "value_low_2024", "value_low_2026"]].sort_values(
        ["reporting_country", "year"]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Qué cambió cada envío

    `revised`: otro valor; `withdrawn`: el extracto nuevo ya no lo trae; `quarantined`: espera que alguien
    lo corrija; `new`: no estaba.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query("""
        SELECT reporting_country, kind, count(*) AS changed
        FROM analysis.revisions
        GROUP BY ALL
        ORDER BY ALL
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## ¿Coinciden las fuentes?

    Cada fuente es una serie propia y cuenta a su manera: se ponen una al lado de otra y nunca se mezclan.
    México tiene tres.
    """)
    return


@app.cell
def _(warehouse):
    agreement = warehouse.agreement("tip_victims_detected", countries="MEX", since=2018)
    agreement[["year", "collection_a", "value_a_low", "collection_b", "value_b_low", "ratio_low"]].round(2)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Quién informó, y por qué falta lo que falta

    Lo que nadie pidió, o queda después de lo que contiene el extracto, no se reclama: no es un retraso.
    """)
    return


@app.cell
def _(warehouse):
    coverage = warehouse.coverage("trafficking", countries="HND", since=2019)
    coverage.pivot_table(
        index=["measure_name", "collection"], columns="year", values="status", aggfunc="first"
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## De una cifra a sus celdas

    Archivo, extracto, hoja, fila y celda de lo que está detrás de un valor.
    """)
    return


@app.cell
def _(warehouse):
    shares = warehouse.indicator("tip_child_share_known_age", countries="USA", since=2022)
    warehouse.sources(shares.iloc[0])[
        ["submission", "received_on", "cell", "breakdown", "age_group", "value_text"]
    ]
    return (shares,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    La cita, las condiciones y lo que la cifra no dice van con ella.
    """)
    return


@app.cell
def _(shares):
    print(*shares.attrs["citation"], shares.attrs["caveat"], sep="\n")
    return


if __name__ == "__main__":
    app.run()
