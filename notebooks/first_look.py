"""A first look at a release: victims of trafficking, from inside or outside, and the context beside."""

import marimo

__generated_with = "0.25.2"
app = marimo.App()


@app.cell
def _():
    import marimo as mo
    import pandas as pd

    from lineabase import Warehouse, charts

    pd.set_option("display.max_rows", 60, "display.min_rows", 60, "display.max_colwidth", None)
    return Warehouse, charts, mo


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Primera mirada

    Abre la publicación vigente y responde, en este orden: cuántas víctimas de trata se detectaron, si son
    de dentro o de fuera de la región, y de qué países. Al final, el contexto: ingresos irregulares, que son
    eventos y nunca víctimas. Antes: `make refresh`.

    *Summary: opens the release in force; victims of trafficking first (how many were detected, from inside
    or outside the region, from which countries), then irregular entries as context, which are events and
    never stand for victims. Before it: `make refresh`. In English: `Warehouse.open(lang="en")`.*
    """)
    return


@app.cell
def _(Warehouse):
    warehouse = Warehouse.open()
    warehouse
    return (warehouse,)


@app.cell
def _(warehouse):
    warehouse.indicators()
    return


@app.cell
def _(warehouse):
    warehouse.countries()
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Víctimas detectadas

    Una fila por país y año, también donde no hay dato: «sin dato» no es un cero. Son casos que las
    autoridades detectaron; más puede significar más esfuerzo y no más delito, y los países no se
    clasifican.
    """)
    return


@app.cell
def _(warehouse):
    victims = warehouse.headline("tip_victims_detected", since=2018)
    victims.pivot(index="country_es", columns="year", values="value_es")
    return (victims,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## ¿De dentro o de fuera de la región?

    Cada clase es un intervalo sobre todas las víctimas: el mínimo es lo que la tabla nombra; el máximo, lo
    que sería si todas las personas sin origen conocido fueran de esa clase. Los máximos no se suman, porque
    cuentan a las mismas personas desconocidas. Cada región dice cuántos miembros informaron.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query("""
        SELECT country_es, year, origin_es, value_es, members_reporting, members_total
        FROM baseline.headline_region
        WHERE indicator = 'tip_origin_share_all' AND value_low IS NOT NULL
        QUALIFY year = max(year) OVER (PARTITION BY reporting_country)
        ORDER BY reporting_country, origin_class
    """)
    return


@app.cell
def _(charts, warehouse):
    charts.picture(
        charts.origin_by_year(warehouse, "UNODC/glotip", reporting_country="HND", measure="victims_detected")
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## ¿De qué países?

    Los orígenes que la tabla nombra, del mínimo al máximo. Una cifra en duda se muestra y no se suma.
    """)
    return


@app.cell
def _(warehouse):
    named = warehouse.flows(countries="USA", since=2022)
    named[named["value_low"] > 0][["origin_name", "origin_class_name", "value"]].head(12)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## El contexto: movilidad irregular

    Ingresos irregulares por el Darién: eventos, no personas, y una persona puede contarse otra vez.
    Acompañan a las víctimas y nunca se suman a ellas ni las sustituyen.
    """)
    return


@app.cell
def _(charts, warehouse):
    charts.picture(charts.origin_by_year(warehouse, "PAN-SNM/darien_nationality"))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Cómo se cita

    De una tabla, solo sus fuentes; sin tabla, la publicación. Después, de los indicadores sin datos, quién
    los llenaría.
    """)
    return


@app.cell
def _(victims, warehouse):
    print(warehouse.cite(victims))
    return


@app.cell
def _(warehouse):
    warehouse.query(
        "SELECT family, name_es, filled_by_es FROM baseline.catalogue WHERE data = 'no_data' ORDER BY ALL"
    )
    return


if __name__ == "__main__":
    app.run()
