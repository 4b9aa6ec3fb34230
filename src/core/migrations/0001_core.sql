CREATE TABLE core_tenant (
  tenant     BIGINT NOT NULL PRIMARY KEY,
  id         TEXT   NOT NULL UNIQUE,
  slug       TEXT   NOT NULL UNIQUE,
  name       TEXT   NOT NULL,
  key        BYTEA  NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE core_head (
  tenant BIGINT NOT NULL PRIMARY KEY,
  epoch  TEXT   NOT NULL,
  seq    BIGINT NOT NULL,
  hash   BYTEA  NOT NULL,
  time   BIGINT NOT NULL
);
CREATE TABLE core_epoch (
  tenant   BIGINT NOT NULL,
  epoch    TEXT   NOT NULL,
  last_seq BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, epoch)
);
CREATE TABLE core_log (
  tenant          BIGINT NOT NULL,
  seq             BIGINT NOT NULL,
  epoch           TEXT   NOT NULL,
  time            BIGINT NOT NULL,
  type            TEXT   NOT NULL,
  version         BIGINT NOT NULL,
  subject         TEXT   NOT NULL,
  subject_version BIGINT NOT NULL,
  actor           TEXT   NOT NULL,
  cause           TEXT   NOT NULL,
  trace           TEXT   NOT NULL,
  changed         TEXT   NOT NULL,
  body            TEXT   NOT NULL,
  hash            BYTEA  NOT NULL,
  PRIMARY KEY (tenant, seq)
);
CREATE INDEX core_log_subject ON core_log (tenant, subject, seq);
CREATE TABLE core_log_personal (
  tenant  BIGINT NOT NULL,
  seq     BIGINT NOT NULL,
  salt    BYTEA  NOT NULL,
  changed TEXT   NOT NULL,
  body    TEXT   NOT NULL,
  hash    BYTEA  NOT NULL,
  PRIMARY KEY (tenant, seq)
);
CREATE TABLE core_idempotency (
  tenant      BIGINT NOT NULL,
  actor       TEXT   NOT NULL,
  key         BYTEA  NOT NULL,
  fingerprint BYTEA  NOT NULL,
  status      BIGINT NOT NULL,
  seq         BIGINT,
  answer      TEXT,
  at          BIGINT NOT NULL,
  PRIMARY KEY (tenant, actor, key)
);
CREATE INDEX core_idempotency_age ON core_idempotency (tenant, at);
CREATE TABLE core_reader (
  tenant   BIGINT NOT NULL,
  reader   TEXT   NOT NULL,
  seq      BIGINT NOT NULL,
  state    TEXT   NOT NULL,
  failures BIGINT NOT NULL,
  error    TEXT   NOT NULL,
  at       BIGINT NOT NULL,
  PRIMARY KEY (tenant, reader)
);
CREATE TABLE core_job (
  tenant      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  kind        TEXT   NOT NULL,
  key         TEXT   NOT NULL,
  input       TEXT   NOT NULL,
  state       TEXT   NOT NULL,
  due_at      BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  attempts    BIGINT NOT NULL,
  error       TEXT   NOT NULL,
  created_at  BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX core_job_due ON core_job (tenant, state, due_at);
CREATE UNIQUE INDEX core_job_key ON core_job (tenant, kind, key);
CREATE TABLE core_cursor (
  tenant BIGINT NOT NULL,
  name   TEXT   NOT NULL,
  epoch  TEXT   NOT NULL,
  seq    BIGINT NOT NULL,
  at     BIGINT NOT NULL,
  PRIMARY KEY (tenant, name)
);
CREATE TABLE core_signed_head (
  tenant     BIGINT NOT NULL,
  epoch      TEXT   NOT NULL,
  seq        BIGINT NOT NULL,
  hash       BYTEA  NOT NULL,
  signed_at  BIGINT NOT NULL,
  public_key BYTEA  NOT NULL,
  signature  BYTEA  NOT NULL,
  PRIMARY KEY (tenant, signed_at)
);
CREATE TABLE core_key (
  name       TEXT  NOT NULL PRIMARY KEY,
  secret     BYTEA NOT NULL,
  public_key BYTEA NOT NULL
);
CREATE TABLE core_erasure (
  tenant  BIGINT NOT NULL,
  subject TEXT   NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (tenant, subject)
);
