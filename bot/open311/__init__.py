"""Open311 GeoReport v2 (https://wiki.open311.org/GeoReport_v2), as a server and as a client of one."""
