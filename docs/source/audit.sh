python3 -m venv ~/audit && ~/audit/bin/pip install pip-audit
~/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock    # {{of a deployment|de una instalación}}: requirements-services.lock
