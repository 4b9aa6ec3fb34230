CREATE TABLE tickets_station (
  tenant      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  name        TEXT   NOT NULL,
  location    TEXT,
  position    BIGINT NOT NULL,
  version     BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  fingerprint BYTEA  NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE TABLE tickets_ticket (
  tenant      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  "order"     TEXT   NOT NULL,
  number      BIGINT NOT NULL,
  location    TEXT   NOT NULL,
  station     TEXT,
  kind        TEXT   NOT NULL,
  state       TEXT   NOT NULL,
  order_type  TEXT   NOT NULL,
  "table"     TEXT,
  note        TEXT,
  lines       TEXT   NOT NULL,
  fired_at    BIGINT NOT NULL,
  started_at  BIGINT,
  bumped_at   BIGINT,
  version     BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX tickets_ticket_order ON tickets_ticket (tenant, "order");
CREATE INDEX tickets_ticket_unfinished ON tickets_ticket (tenant, station, id) WHERE state IN ('queued', 'started', 'recalled');
