-- The database of the pipeline. Atomic, whatever the server's default is: tables are renamed and dropped without stopping readers.
CREATE DATABASE IF NOT EXISTS data_processing ENGINE = Atomic;
