"""How a release is shown and taken out: charts, pages, bundle, exports. Builds nothing."""
