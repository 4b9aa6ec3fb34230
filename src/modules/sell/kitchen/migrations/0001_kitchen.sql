CREATE TABLE kitchen_all_day (
  tenant   BIGINT NOT NULL,
  location TEXT   NOT NULL,
  station  TEXT   NOT NULL,
  item     TEXT   NOT NULL,
  variant  TEXT   NOT NULL,
  name     TEXT   NOT NULL,
  quantity BIGINT NOT NULL,
  PRIMARY KEY (tenant, location, station, item, variant)
);
