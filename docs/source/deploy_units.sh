sudo cp deploy/systemd/* /etc/systemd/system/
sudo install -d -o lineabase -g lineabase -m 755 /srv/lineabase/public
sudo systemctl enable --now lineabase-code lineabase-page lineabase-daemon lineabase-desk lineabase-worker@1 lineabase-worker@2 lineabase-public.timer
