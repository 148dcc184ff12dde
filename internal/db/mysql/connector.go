package mysql

import (
	"database/sql/driver"
	"errors"
	"fmt"

	driversql "github.com/go-sql-driver/mysql"
)

// Connector leads to the database of an address for what mltop writes of its
// own accord, such as a request log: nothing of the sessions is set but the
// time zone. name says where that is, without a password.
func Connector(dsn string, o Options) (c driver.Connector, name string, err error) {
	t, err := parseTarget(dsn)
	if err != nil {
		return nil, "", err
	}
	if t, err = resolve(t, o.withDefaults()); err != nil {
		return nil, "", err
	}
	if t.database == "" {
		return nil, "", errors.New("the address names no database: write mysql://user@host:3306/database")
	}
	cfg, err := driverConfig(t, o)
	if err != nil {
		return nil, "", err
	}
	cfg.InterpolateParams = false // statements stay prepared
	cfg.Params = map[string]string{"time_zone": "'+00:00'"}
	if c, err = driversql.NewConnector(cfg); err != nil {
		return nil, "", fmt.Errorf("the driver refuses the address of %s", t) // its own words may hold all of it
	}
	return c, t.String(), nil
}
