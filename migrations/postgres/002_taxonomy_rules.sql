-- Power markets and their regions. A tenant's own row with the same token goes before these.
INSERT INTO taxonomy_commodity_rules (token, commodity, priority) VALUES
    ('MISO', 'electricity', 10),
    ('CAISO', 'electricity', 10),
    ('ERCOT', 'electricity', 10),
    ('PJM', 'electricity', 10),
    ('NYISO', 'electricity', 10),
    ('ISONE', 'electricity', 10);

INSERT INTO taxonomy_region_rules (token, region, priority) VALUES
    ('MISO', 'midwest', 10),
    ('CAISO', 'west', 10),
    ('ERCOT', 'texas', 10),
    ('PJM', 'northeast', 10),
    ('NYISO', 'northeast', 10),
    ('ISONE', 'northeast', 10);
