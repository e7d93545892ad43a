sudo useradd --system --create-home --home-dir /srv/lineabase lineabase
sudo -u lineabase mkdir -m 700 /srv/lineabase/home
sudo tee /etc/lineabase.env <<'END'
LINEABASE_HOME=/srv/lineabase/home
# LINEABASE_AUTOMATION=off
# LINEABASE_SIGNING_KEY=/srv/lineabase/release.key
# LINEABASE_ENGINE=spark
END
