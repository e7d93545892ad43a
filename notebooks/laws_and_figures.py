"""Laws and figures: treaties beside what was reported, gaps of the legislation, the work plan."""

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
    # Leyes y cifras

    Lo que la red comparte (tratados, leyes, medidas, plan de trabajo) al lado de las cifras. Que una cifra
    cambie después de una ley no dice que la ley lo causó: también cambian quién cuenta y cómo. Por eso aquí
    se ponen fechas al lado de años, y nada más.

    *Summary: treaties, laws, measures and the work plan beside the figures. That a figure changes after a
    law does not say that the law did it; dates are put beside years, and no more.*
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
    ## Tratados

    Códigos: `party` es parte; `not_verified_here`, no comprobado aquí (la OIT no tiene fuente en los
    envíos). El estado es el de marzo de 2015: lo posterior falta.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.matrix("treaties")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## El Protocolo contra la trata y las víctimas detectadas

    Desde cuándo obliga a cada miembro, el primer y el último año con víctimas detectadas en la fuente que
    se toma, y el veredicto sobre la serie, si lo hay.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query("""
        SELECT
            t.country, t.in_force_on, min(h.year) AS first_year, max(h.year) AS last_year,
            any_value(h.direction) AS direction, any_value(h.tested_from) AS tested_from,
            any_value(h.tested_to) AS tested_to
        FROM network.treaties AS t
        JOIN baseline.headline AS h ON h.reporting_country = t.country
        WHERE t.treaty = 'tip_protocol' AND t.known_to IS NULL AND h.indicator = 'tip_victims_detected'
          AND h.how <> 'not_reported'
        GROUP BY t.country, t.in_force_on
        ORDER BY t.country
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Justicia

    Condenas y procesamientos por trata. Las personas condenadas de un año no son las procesadas del mismo:
    la razón se toma de tres años juntos y no es un porcentaje.
    """)
    return


@app.cell
def _(warehouse):
    convicted = warehouse.headline("tip_persons_convicted", since=2016)
    convicted.pivot(index="country_es", columns="year", values="value_es")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Leyes

    Qué elementos tiene la ley de cada país, y desde cuándo. Aún no hay ninguna: lo que falta se dice «no
    informado» y no es un «no». Cuando las haya, su fecha se verá como § en los gráficos por origen.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.gaps("legislation", family="trafficking", assessment="self_assessment")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Plan de trabajo y medidas

    Lo acordado, con el párrafo del informe que lo dice y lo que lo muestra en esta publicación.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query("""
        SELECT item, title_es, responsible, status, evidence, source_page
        FROM network.work_plan
        WHERE known_to IS NULL
        ORDER BY item
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query("""
        SELECT kind, title_es, countries, status, source_page
        FROM network.measures
        WHERE known_to IS NULL
        ORDER BY ALL
    """)
    return


if __name__ == "__main__":
    app.run()
