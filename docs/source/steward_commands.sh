lineabase check {{victims.xlsx --collection CRM-TS/victims --report answer|victimas.xlsx --collection CRM-TS/victims --report respuesta}}.xlsx
lineabase submit {{victims|victimas}}.xlsx --collection CRM-TS/victims
lineabase report CRM-TS.victims.2026-11-26.1 --output {{answer|respuesta}}.html
