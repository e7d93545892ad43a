"""Trends and breaks: what a verdict says, why there often is none, where a series breaks, and the months."""

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
    # Tendencias y rupturas

    Una serie anual corta y de números pequeños rara vez dice que algo aumentó o disminuyó. Aquí: el
    veredicto de cada país, por qué a veces no hay ninguno, dónde se rompe una serie, y los meses, de los
    que solo hay avisos.

    *Summary: the verdict on each annual series (direction, and level against the baseline), why there is
    often none, where a series breaks, and months, of which there are alerts and no verdicts.*
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
    ## Dirección y nivel

    La dirección se prueba dentro de los años probados; el nivel compara los tres últimos con la línea base
    2016–2018. «Sin cambio claro» no es «estable»: puede que la serie sea corta para verlo. Un plazo cerrado
    conserva su veredicto, y la antigüedad del último dato se dice aparte.
    """)
    return


@app.cell
def _(warehouse):
    trends = warehouse.trend("tip_victims_detected")
    trends[
        [
            "country",
            "tested_from",
            "tested_to",
            "direction_name",
            "why_not_name",
            "baseline_period",
            "level_name",
            "why_no_level_name",
            "age_years",
        ]
    ]
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    Las mismas pruebas en palabras, con la probabilidad de haber visto un aumento de 10 % al año.
    """)
    return


@app.cell
def _(warehouse):
    said = warehouse.query("""
        SELECT DISTINCT country_es, sentence_es FROM baseline.headline
        WHERE indicator = 'tip_victims_detected' AND sentence_es IS NOT NULL
          AND reporting_country IN ('CAN', 'CRI', 'GTM', 'PAN')
        ORDER BY country_es
    """)
    print("\n\n".join(said["sentence_es"]))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Por qué no hay veredicto

    De todas las series anuales de la publicación, cuántas tienen cada respuesta y cada razón.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query("""
        SELECT direction, why_not, count(*) AS series
        FROM analysis.trends
        GROUP BY ALL
        ORDER BY series DESC, direction, why_not
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Rupturas

    Un salto que parece una ruptura y nadie ha decidido se dibuja con línea discontinua, y lo de antes no se
    compara. Quien conoce la serie lo decide en `decisions.toml`; entonces hay dos series.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query("""
        SELECT indicator, reporting_country, broken_on, tested_from, direction
        FROM analysis.trends
        WHERE broken_on IS NOT NULL AND indicator LIKE 'tip_%' AND collection = 'UNODC/glotip'
          AND (sex, age_group, exploitation, origin_class, citizenship) = ('_T', '_T', '_T', '_T', '_T')
        ORDER BY ALL
    """)
    return


@app.cell
def _(charts, warehouse):
    charts.picture(
        charts.origin_by_year(warehouse, "UNODC/glotip", reporting_country="GTM", measure="victims_detected")
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Los meses: avisos, no veredictos

    Cada mes al lado del mismo mes del año anterior. Un aviso dice que un mes está por encima de lo que esa
    serie hace esperar. Son eventos de movilidad: contexto.
    """)
    return


@app.cell
def _(warehouse):
    warehouse.query("""
        SELECT collection, reporting_country, period_start, value_low, before_low, expected, alert
        FROM analysis.monthly
        WHERE alert IS NOT NULL AND origin_class = '_T' AND citizenship = '_T'
        ORDER BY period_start DESC, collection, measure
        LIMIT 12
    """)
    return


if __name__ == "__main__":
    app.run()
