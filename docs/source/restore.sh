mkdir -m 700 /srv/lineabase/home
tar -xzpf {{BACKUP/YYYY|COPIA/AAAA}}-MM-DD.tar.gz -C /srv/lineabase/home
lineabase refresh && lineabase verify && lineabase doctor
