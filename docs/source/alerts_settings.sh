LINEABASE_ALERTS=smtp
LINEABASE_SMTP=mail.example.org:587
LINEABASE_SMTP_SECURITY=starttls               # {{or|o}} tls, none
LINEABASE_SMTP_USER=lineabase                  # {{only where the server asks who sends|solo si el servidor pregunta quién envía}}
LINEABASE_SMTP_PASSWORD_FILE=/srv/lineabase/smtp.password
LINEABASE_ALERTS_FROM=lineabase@example.org
LINEABASE_ALERTS_TO={{data@example.org,duty|datos@example.org,guardia}}@example.org
LINEABASE_LANG={{en|es}}                              # {{es or en|es o en}}
