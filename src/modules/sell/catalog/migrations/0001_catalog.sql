CREATE TABLE catalog_category (
  tenant       BIGINT  NOT NULL,
  id           TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  parent       TEXT,
  tax_category TEXT,
  position     BIGINT  NOT NULL,
  active       BOOLEAN NOT NULL,
  version      BIGINT  NOT NULL,
  created_at   BIGINT  NOT NULL,
  updated_at   BIGINT  NOT NULL,
  fingerprint  BYTEA   NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE TABLE catalog_modifier_group (
  tenant      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  name        TEXT   NOT NULL,
  min         BIGINT NOT NULL,
  max         BIGINT NOT NULL,
  modifiers   TEXT   NOT NULL,
  version     BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  fingerprint BYTEA  NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE TABLE catalog_item (
  tenant          BIGINT  NOT NULL,
  id              TEXT    NOT NULL,
  kind            TEXT    NOT NULL,
  name            TEXT    NOT NULL,
  category        TEXT,
  description     TEXT,
  price_minor     BIGINT  NOT NULL,
  price_currency  TEXT    NOT NULL,
  variants        TEXT    NOT NULL,
  modifier_groups TEXT    NOT NULL,
  components      TEXT    NOT NULL,
  stations        TEXT    NOT NULL,
  tax_category    TEXT,
  sku             TEXT,
  barcodes        TEXT    NOT NULL,
  allergens       TEXT    NOT NULL,
  images          TEXT    NOT NULL,
  availability    TEXT    NOT NULL,
  course          BIGINT,
  sold_out        BOOLEAN NOT NULL,
  sold_out_until  BIGINT,
  position        BIGINT  NOT NULL,
  active          BOOLEAN NOT NULL,
  version         BIGINT  NOT NULL,
  created_at      BIGINT  NOT NULL,
  updated_at      BIGINT  NOT NULL,
  fingerprint     BYTEA   NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX catalog_item_category ON catalog_item (tenant, category, id);
CREATE INDEX catalog_item_back ON catalog_item (tenant, sold_out_until);
