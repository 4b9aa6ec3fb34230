ALTER TABLE identity_secret ADD COLUMN pin_key BYTEA;
CREATE TABLE identity_api_key (
  tenant         BIGINT  NOT NULL,
  id             TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  scopes         TEXT    NOT NULL,
  maker          TEXT    NOT NULL,
  expires_at     BIGINT,
  revoked        BOOLEAN NOT NULL,
  overlap_until  BIGINT,
  hash           BYTEA   NOT NULL,
  former_hash    BYTEA,
  last_used      BIGINT,
  version        BIGINT  NOT NULL,
  created_at     BIGINT  NOT NULL,
  updated_at     BIGINT  NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE TABLE identity_device (
  tenant     BIGINT  NOT NULL,
  id         TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  location   TEXT    NOT NULL,
  station    TEXT,
  removed    BOOLEAN NOT NULL,
  hash       BYTEA   NOT NULL,
  last_used  BIGINT,
  version    BIGINT  NOT NULL,
  created_at BIGINT  NOT NULL,
  updated_at BIGINT  NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX identity_device_hash ON identity_device (tenant, hash);
CREATE TABLE identity_pairing (
  tenant     BIGINT NOT NULL,
  hash       BYTEA  NOT NULL,
  name       TEXT   NOT NULL,
  location   TEXT   NOT NULL,
  station    TEXT,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, hash)
);
