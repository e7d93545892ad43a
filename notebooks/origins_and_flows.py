"""Origins and flows: who was detected where, what is hidden, what enters and leaves, what is in doubt."""

import marimo

__generated_with = "0.25.2"
app = marimo.App()


@app.cell
def _():
    import marimo as mo
    import pandas as pd

    from lineabase import Warehouse, charts
    from warehouse.publication.flow_chart import flows

    pd.set_option("display.max_rows", 60, "display.min_rows", 60, "display.max_colwidth", None)
    return Warehouse, charts, flows, mo


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Orígenes y flujos

    Quién se detectó dónde: de qué país son las víctimas, en qué país se detectaron, y cuánto de eso no se
    sabe. Después, los nacionales de cada miembro detectados en otros, los orígenes que entran y salen de
    las tablas, y los que parecen un error.

    *Summary: who was detected where, with what the tables hide; each member's nationals detected in others;
    which origins enter and leave; which look like a slip and await confirmation.*
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
    ## De dónde son y dónde se detectaron

    Filas: origen; columnas: país que detectó. Una celda punteada puede contener más; «?» es un origen que
    la tabla no nombra y que alguien de la parte oculta puede tener. Las últimas filas son esa parte.
    """)
    return


@app.cell
def _(charts, flows, warehouse):
    charts.picture(flows(warehouse, 2022))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    Lo mismo como tabla: los de un miembro detectados en otro, los que constan.
    """)
    return


@app.cell
def _(warehouse):
    detected = warehouse.flows(since=2021)
    crossed = detected["origin_class"].eq("intra_regional") & detected["value_low"].gt(0)
    detected[crossed][["origin_name", "country", "year", "value", "completeness", "warnings"]]
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Sus nacionales en otros miembros

    De cada miembro, cuántos nacionales suyos constan en las tablas de los demás, cuántos pueden ser con lo
    oculto, y cuántos miembros tienen tabla ese año. Con menos tablas se ve menos: no es una caída.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query("""
        SELECT origin, year, persons_low AS named, possible_high AS at_most, members_reporting, members_total
        FROM analysis.nationals_abroad
        WHERE measure = 'victims_detected' AND year >= 2021
        ORDER BY ALL
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Orígenes que entran y salen

    Solo los años enteros dicen una ausencia, y solo si la tabla no oculta a quienes pudieran ser de ese
    origen; si no, `possibly_…`. Los orígenes tienen lugar en su serie; los países que informan, nunca.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query("""
        SELECT reporting_country, citizenship, origin_class, first_named, last_named, last_low, rank, status
        FROM analysis.origins
        WHERE measure = 'victims_detected' AND reporting_country IN ('USA', 'CRI') AND rank <= 6
        ORDER BY reporting_country, rank
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Orígenes en duda

    Un origen grande que aparece un año y falta los de alrededor puede ser un error de la lista de opciones.
    Se muestra como se informó, sin confirmar, y la pregunta queda abierta hasta que alguien la responda.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query("""
        SELECT reporting_country, year(period_start) AS year, citizenship, value_low, says_es
        FROM analysis.open_questions
        WHERE citizenship <> '_T' AND measure = 'victims_detected'
        ORDER BY ALL
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Migrantes objeto de tráfico ilícito

    Ningún archivo los cuenta por ciudadanía. El cliente no da una tabla vacía: dice qué la llenaría.
    """)
    return


@app.cell
def _(warehouse):
    try:
        smuggled = warehouse.origin("smuggling")
    except LookupError as answer:
        smuggled = answer
    print(smuggled)
    return


if __name__ == "__main__":
    app.run()
