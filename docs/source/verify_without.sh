cd 2026-Q3.r1
sha256sum lineabase.duckdb                  # {{the "sha256" of|el "sha256" de}} manifest.json
openssl pkeyutl -verify -pubin -inkey release.pub -rawin -in manifest.json -sigfile manifest.sig
duckdb -readonly lineabase.duckdb "SELECT count(*) FROM core.observations"   # {{its line in|su línea en}} "rows"
