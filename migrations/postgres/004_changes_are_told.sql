-- What services keep in memory, they hear about: a change of a key or of the taxonomy is told to everyone who listens, when its
-- transaction commits. A statement that changes many instruments tells once.
ALTER TABLE api_keys ADD COLUMN rate_limit_per_minute integer CHECK (rate_limit_per_minute > 0);

CREATE FUNCTION api_keys_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('api_keys_changed', OLD.key_id);
    RETURN NULL;
END;
$$;

-- last_used_at alone is no news.
CREATE TRIGGER api_keys_changed AFTER UPDATE OF key_hash, tenant_id, status, permissions, expires_at, rate_limit_per_minute ON api_keys
    FOR EACH ROW EXECUTE FUNCTION api_keys_tell();
CREATE TRIGGER api_keys_deleted AFTER DELETE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION api_keys_tell();

CREATE FUNCTION taxonomy_rules_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('taxonomy_changed', 'rules');
    RETURN NULL;
END;
$$;

CREATE TRIGGER taxonomy_commodity_rules_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON taxonomy_commodity_rules
    FOR EACH STATEMENT EXECUTE FUNCTION taxonomy_rules_tell();
CREATE TRIGGER taxonomy_region_rules_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON taxonomy_region_rules
    FOR EACH STATEMENT EXECUTE FUNCTION taxonomy_rules_tell();

-- Up to a hundred instruments by name; more of them as a word that empties the caches.
CREATE FUNCTION taxonomy_instruments_tell() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed record;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM pg_notify('taxonomy_changed', 'instruments');
    ELSIF (SELECT count(*) FROM (SELECT 1 FROM changed_rows LIMIT 101) AS few) > 100 THEN
        PERFORM pg_notify('taxonomy_changed', 'instruments');
    ELSE
        FOR changed IN SELECT DISTINCT tenant_id, instrument_id FROM changed_rows LOOP
            -- A payload is shorter than 8,000 bytes.
            PERFORM pg_notify('taxonomy_changed', CASE
                WHEN octet_length(changed.tenant_id) + octet_length(changed.instrument_id) > 1000 THEN 'instruments'
                ELSE changed.tenant_id || E'\t' || changed.instrument_id END);
        END LOOP;
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER taxonomy_instruments_inserted AFTER INSERT ON taxonomy_instruments
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION taxonomy_instruments_tell();
CREATE TRIGGER taxonomy_instruments_updated AFTER UPDATE ON taxonomy_instruments
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION taxonomy_instruments_tell();
CREATE TRIGGER taxonomy_instruments_deleted AFTER DELETE ON taxonomy_instruments
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION taxonomy_instruments_tell();
CREATE TRIGGER taxonomy_instruments_truncated AFTER TRUNCATE ON taxonomy_instruments
    FOR EACH STATEMENT EXECUTE FUNCTION taxonomy_instruments_tell();
