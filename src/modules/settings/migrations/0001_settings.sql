CREATE TABLE settings_profile (
  tenant     BIGINT NOT NULL,
  id         TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  legal_name TEXT,
  tax_id     TEXT,
  address    TEXT,
  phone      TEXT,
  email      TEXT,
  website    TEXT,
  language   TEXT   NOT NULL,
  version    BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE TABLE settings_value (
  tenant     BIGINT NOT NULL,
  id         TEXT   NOT NULL,
  orders     TEXT   NOT NULL,
  kitchen    TEXT   NOT NULL,
  version    BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE TABLE settings_location (
  tenant      BIGINT  NOT NULL,
  id          TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  time_zone   TEXT    NOT NULL,
  currency    TEXT    NOT NULL,
  closing     BIGINT  NOT NULL,
  address     TEXT,
  phone       TEXT,
  hours       TEXT    NOT NULL,
  holidays    TEXT    NOT NULL,
  active      BOOLEAN NOT NULL,
  position    BIGINT  NOT NULL,
  version     BIGINT  NOT NULL,
  created_at  BIGINT  NOT NULL,
  updated_at  BIGINT  NOT NULL,
  fingerprint BYTEA   NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE TABLE settings_table (
  tenant      BIGINT  NOT NULL,
  id          TEXT    NOT NULL,
  location    TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  seats       BIGINT  NOT NULL,
  area        TEXT,
  active      BOOLEAN NOT NULL,
  position    BIGINT  NOT NULL,
  version     BIGINT  NOT NULL,
  created_at  BIGINT  NOT NULL,
  updated_at  BIGINT  NOT NULL,
  fingerprint BYTEA   NOT NULL,
  PRIMARY KEY (tenant, id)
);
