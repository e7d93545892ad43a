#!/bin/sh
# A double click opens the steward's page: macOS as it is; on Linux "run as a program". Sets up what is missing, once.
cd "$(dirname "$0")" || exit 3
make --no-print-directory setup && exec .venv/bin/lineabase desk --browser "$@"
