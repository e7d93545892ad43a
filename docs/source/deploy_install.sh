python3 -m venv .venv
.venv/bin/pip install --no-deps --require-hashes -r requirements-services.lock
.venv/bin/pip install --no-deps -e .
