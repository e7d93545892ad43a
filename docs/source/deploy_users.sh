sudo install -d -m 750 -g www-data /etc/lineabase
sudo htpasswd -B -c /etc/lineabase/users ana
echo '"ana" "{{PROVIDER|INSTITUCION}}";' | sudo tee -a /etc/lineabase/providers.map  # {{of the Secretariat|de la Secretaría}}: "*"
echo '"ana" "{{Office, country|Oficina, país}}";' | sudo tee -a /etc/lineabase/offices.map
openssl rand -hex 32 | sudo tee /srv/lineabase/desk.key >/dev/null
sudo chown lineabase /srv/lineabase/desk.key && sudo chmod 400 /srv/lineabase/desk.key
echo "proxy_set_header X-Lineabase-Key \"$(sudo cat /srv/lineabase/desk.key)\";" | sudo tee /etc/lineabase/desk_key.conf >/dev/null
