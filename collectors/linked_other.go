//go:build !linux

package collectors

import (
	"fmt"
	"runtime"
)

func linkedSQLite(int) (sqliteLibrary, error) {
	return sqliteLibrary{}, fmt.Errorf("not measured on %s", runtime.GOOS)
}
