LINEABASE_DESK_PROXY_KEY_FILE=/srv/lineabase/desk.key
LINEABASE_UI_HOSTS=lineabase.example.org,dagster.example.org
PGPASSFILE=/srv/lineabase/pgpass                # db.example.org:5432:lineabase:lineabase:{{PASSWORD; mode|CONTRASEÑA; modo}} 600
