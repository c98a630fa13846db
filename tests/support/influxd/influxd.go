// Package influxd pins the InfluxDB server that the telemetry tests run against.
package influxd

import _ "github.com/influxdata/influxdb/v2/cmd/influxd"
