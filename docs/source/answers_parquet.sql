SELECT * FROM read_parquet('https://data.example.org/v1/latest/parquet/baseline.headline.parquet');
