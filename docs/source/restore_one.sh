tar -xzpf {{BACKUP/YYYY-MM-DD.tar.gz -C /srv/lineabase/home raw/PROVIDER/COLLECTION/SUBMISSION|COPIA/AAAA-MM-DD.tar.gz -C /srv/lineabase/home raw/INSTITUCIÓN/COLECCIÓN/ENVÍO}}
