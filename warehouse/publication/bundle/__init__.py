"""A release as files for those who do not use the client: one module a format. Computes no figure."""
