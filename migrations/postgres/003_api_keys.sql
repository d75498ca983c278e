-- Keys are 256 random bits; only HMAC-SHA256(pepper, key) is stored. A key belongs to one tenant.
CREATE TABLE api_keys (
    key_id        text PRIMARY KEY,
    key_hash      text NOT NULL UNIQUE CHECK (length(key_hash) = 64),
    tenant_id     text NOT NULL,
    name          text NOT NULL,
    status        text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'revoked')),
    permissions   text[] NOT NULL DEFAULT '{}',
    metadata      jsonb NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz,
    last_used_at  timestamptz
);

CREATE INDEX api_keys_tenant ON api_keys (tenant_id) WHERE status = 'active';
