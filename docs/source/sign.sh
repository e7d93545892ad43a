openssl genpkey -algorithm ed25519 -out release.key && chmod 600 release.key
openssl pkey -in release.key -pubout -out release.pub
