umask 077
tar -czf {{BACKUP|COPIA}}/$(date +%F).tar.gz -C /srv/lineabase/home raw warehouse/releases warehouse/protection
