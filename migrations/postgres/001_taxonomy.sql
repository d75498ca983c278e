-- What enrichment looks up. Everything belongs to a tenant; the empty tenant in the rules means all tenants.
CREATE TABLE taxonomy_instruments (
    tenant_id      text NOT NULL,
    instrument_id  text NOT NULL,
    commodity      text,
    region         text,
    product_tier   text,
    unit           text,
    contract_size  numeric(18, 8),
    tick_size      numeric(18, 8),
    metadata       jsonb NOT NULL DEFAULT '{}',
    active         boolean NOT NULL DEFAULT true,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, instrument_id)
);

CREATE TABLE instrument_aliases (
    tenant_id      text NOT NULL,
    alias          text NOT NULL,
    instrument_id  text NOT NULL,
    source_system  text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, alias, source_system),
    FOREIGN KEY (tenant_id, instrument_id) REFERENCES taxonomy_instruments (tenant_id, instrument_id) ON DELETE CASCADE
);

CREATE TABLE taxonomy_commodity_rules (
    tenant_id  text NOT NULL DEFAULT '',
    token      text NOT NULL CHECK (token <> ''),
    commodity  text NOT NULL,
    priority   integer NOT NULL DEFAULT 0,
    active     boolean NOT NULL DEFAULT true,
    PRIMARY KEY (tenant_id, token)
);

CREATE TABLE taxonomy_region_rules (
    tenant_id  text NOT NULL DEFAULT '',
    token      text NOT NULL CHECK (token <> ''),
    region     text NOT NULL,
    priority   integer NOT NULL DEFAULT 0,
    active     boolean NOT NULL DEFAULT true,
    PRIMARY KEY (tenant_id, token)
);

-- Keeps updated_at true whoever writes.
CREATE FUNCTION taxonomy_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;

CREATE TRIGGER taxonomy_instruments_touch BEFORE UPDATE ON taxonomy_instruments
    FOR EACH ROW EXECUTE FUNCTION taxonomy_touch();
