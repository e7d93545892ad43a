cd /srv/lineabase/home && restic backup .
pg_dump --format=custom --file={{BACKUP|COPIA}}/lineabase.pgdump lineabase
