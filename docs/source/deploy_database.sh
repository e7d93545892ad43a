sudo -u postgres createuser --pwprompt lineabase
sudo -u postgres createdb --owner lineabase lineabase
