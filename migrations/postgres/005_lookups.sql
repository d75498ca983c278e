-- Searching the taxonomy by hand: by alias, by parts of names. Everything belongs to a tenant, also in the functions.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE INDEX taxonomy_instruments_similar ON taxonomy_instruments USING gin (instrument_id gin_trgm_ops) WHERE active;
CREATE INDEX taxonomy_instruments_class ON taxonomy_instruments (tenant_id, commodity, region) WHERE active;
CREATE INDEX instrument_aliases_instrument ON instrument_aliases (tenant_id, instrument_id);

CREATE TABLE curve_metadata (
    tenant_id      text NOT NULL,
    curve_id       text NOT NULL,
    commodity      text,
    region         text,
    currency       text NOT NULL DEFAULT 'USD',
    unit           text,
    interpolation  text NOT NULL DEFAULT 'flat',
    metadata       jsonb NOT NULL DEFAULT '{}',
    active         boolean NOT NULL DEFAULT true,
    updated_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, curve_id)
);
CREATE TRIGGER curve_metadata_touch BEFORE UPDATE ON curve_metadata FOR EACH ROW EXECUTE FUNCTION taxonomy_touch();

CREATE VIEW v_active_instruments AS
SELECT tenant_id, instrument_id, commodity, region, product_tier, unit, contract_size, tick_size, metadata, updated_at
FROM taxonomy_instruments WHERE active;

-- Every name of an instrument: its own and its aliases.
CREATE VIEW v_instrument_lookup AS
SELECT tenant_id, instrument_id AS name, instrument_id, '' AS source_system FROM taxonomy_instruments WHERE active
UNION ALL
SELECT a.tenant_id, a.alias, a.instrument_id, a.source_system
FROM instrument_aliases a JOIN taxonomy_instruments t USING (tenant_id, instrument_id) WHERE t.active;

CREATE FUNCTION get_instrument_metadata(tenant text, name text) RETURNS SETOF v_active_instruments LANGUAGE sql STABLE AS $$
    SELECT i.* FROM v_active_instruments i
    WHERE i.tenant_id = tenant AND i.instrument_id IN
        (SELECT l.instrument_id FROM v_instrument_lookup l WHERE l.tenant_id = tenant AND l.name = get_instrument_metadata.name);
$$;

CREATE FUNCTION search_instruments(tenant text, part text, most integer DEFAULT 50) RETURNS SETOF v_active_instruments LANGUAGE sql STABLE AS $$
    SELECT * FROM v_active_instruments i
    WHERE i.tenant_id = tenant AND i.instrument_id ILIKE '%' || replace(replace(replace(part, '\', '\\'), '%', '\%'), '_', '\_') || '%'
    ORDER BY similarity(i.instrument_id, part) DESC, i.instrument_id LIMIT most;
$$;

CREATE FUNCTION get_curve_metadata(tenant text, curve text) RETURNS SETOF curve_metadata LANGUAGE sql STABLE AS $$
    SELECT * FROM curve_metadata c WHERE c.tenant_id = tenant AND c.curve_id = curve AND c.active;
$$;

-- Keys whose time ran out long ago; revoked ones stay for the record as long.
CREATE FUNCTION cleanup_expired_api_keys(older_than interval DEFAULT '90 days') RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    removed integer;
BEGIN
    DELETE FROM api_keys WHERE expires_at < now() - older_than;
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END;
$$;

CREATE FUNCTION get_api_key_stats(tenant text) RETURNS TABLE (total bigint, active bigint, revoked bigint, expired bigint, last_used_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT count(*), count(*) FILTER (WHERE status = 'active' AND (expires_at IS NULL OR expires_at > now())),
           count(*) FILTER (WHERE status = 'revoked'), count(*) FILTER (WHERE status = 'active' AND expires_at <= now()), max(k.last_used_at)
    FROM api_keys k WHERE k.tenant_id = tenant;
$$;
