CREATE TABLE identity_role (
  tenant      BIGINT  NOT NULL,
  id          TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  description TEXT,
  permissions TEXT    NOT NULL,
  builtin     BOOLEAN NOT NULL,
  version     BIGINT  NOT NULL,
  created_at  BIGINT  NOT NULL,
  updated_at  BIGINT  NOT NULL,
  fingerprint BYTEA   NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, name)
);
CREATE TABLE identity_user (
  tenant      BIGINT  NOT NULL,
  id          TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  email       TEXT,
  role        TEXT    NOT NULL,
  location    TEXT,
  active      BOOLEAN NOT NULL,
  version     BIGINT  NOT NULL,
  created_at  BIGINT  NOT NULL,
  updated_at  BIGINT  NOT NULL,
  fingerprint BYTEA   NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE TABLE identity_token (
  tenant     BIGINT  NOT NULL,
  id         TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  role       TEXT    NOT NULL,
  location   TEXT,
  expires_at BIGINT,
  revoked    BOOLEAN NOT NULL,
  hash       BYTEA   NOT NULL,
  version    BIGINT  NOT NULL,
  created_at BIGINT  NOT NULL,
  updated_at BIGINT  NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, hash)
);
