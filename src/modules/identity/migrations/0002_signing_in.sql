ALTER TABLE identity_user ADD COLUMN password_set_at BIGINT;
ALTER TABLE identity_user ADD COLUMN pin_set_at BIGINT;
ALTER TABLE identity_user ADD COLUMN two_factor BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE identity_secret (
  tenant   BIGINT NOT NULL,
  person   TEXT   NOT NULL,
  password TEXT,
  pin      TEXT,
  PRIMARY KEY (tenant, person)
);
CREATE TABLE identity_session (
  tenant     BIGINT NOT NULL,
  id         TEXT   NOT NULL,
  "user"     TEXT   NOT NULL,
  method     TEXT   NOT NULL,
  device     TEXT,
  expires_at BIGINT NOT NULL,
  ended_at   BIGINT,
  ended_by   TEXT,
  address    TEXT   NOT NULL,
  network    TEXT   NOT NULL,
  agent      TEXT   NOT NULL,
  generation BIGINT NOT NULL,
  rotated_at BIGINT NOT NULL,
  last_used  BIGINT NOT NULL,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX identity_session_user ON identity_session (tenant, "user", network);
CREATE INDEX identity_session_ended ON identity_session (tenant, ended_at);
CREATE INDEX identity_session_expiry ON identity_session (tenant, expires_at);
CREATE TABLE identity_attempt (
  tenant   BIGINT NOT NULL,
  key      BYTEA  NOT NULL,
  kind     TEXT   NOT NULL,
  failures BIGINT NOT NULL,
  last_at  BIGINT NOT NULL,
  until    BIGINT NOT NULL,
  PRIMARY KEY (tenant, key)
);
CREATE INDEX identity_attempt_age ON identity_attempt (tenant, last_at);
