ALTER TABLE identity_secret ADD COLUMN totp BYTEA;
ALTER TABLE identity_secret ADD COLUMN totp_pending BYTEA;
ALTER TABLE identity_secret ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;
CREATE TABLE identity_recovery (
  tenant BIGINT NOT NULL,
  person TEXT   NOT NULL,
  hash   BYTEA  NOT NULL,
  PRIMARY KEY (tenant, person, hash)
);
