lineabase template CRM-TS/measures --output {{measures.xlsx --lang en|medidas.xlsx}}
lineabase check {{measures|medidas}}.xlsx --collection CRM-TS/measures
lineabase submit {{measures|medidas}}.xlsx --collection CRM-TS/measures
lineabase matrix legislation --of family=trafficking --of assessment=self_assessment --output {{matrix.xlsx --lang en|matriz.xlsx}}
