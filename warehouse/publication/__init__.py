"""How a release is read, drawn and taken out: client, charts, exports. Builds nothing."""
