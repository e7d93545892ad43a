mkdir -m 700 /srv/lineabase/home /srv/lineabase/home/warehouse
cp -a {{BACKUP|COPIA}}/raw /srv/lineabase/home/
cp -a {{BACKUP|COPIA}}/releases /srv/lineabase/home/warehouse/
