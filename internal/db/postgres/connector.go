package postgres

import (
	"database/sql/driver"

	"github.com/jackc/pgx/v5/stdlib"
)

// Connector leads to the database of an address for what mltop writes of its
// own accord, such as a request log: nothing of the sessions is set. name says
// where that is, without a password.
func Connector(dsn string, o Options) (c driver.Connector, name string, err error) {
	to, cfg, err := parseTarget(dsn, o)
	if err != nil {
		return nil, "", err
	}
	return stdlib.GetConnector(*cfg), to.String(), nil
}
