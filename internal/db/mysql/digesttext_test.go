package mysql

import (
	"testing"

	"mltop/internal/db"
)

func TestADigestIsWrittenAsPeopleDo(t *testing.T) {
	names := spelling(&db.Schema{Tables: []*db.Table{{Name: "status", Columns: []db.Column{{Name: "id"}, {Name: "Hour"}}}}})
	for digest, want := range map[string]string{
		"SELECT `a` , COUNT ( DISTINCTROW ID ) FROM STATUS WHERE HOUR IN (...) LIMIT ?, ...": "SELECT a, COUNT(DISTINCT id) FROM status WHERE Hour IN (?) LIMIT ?, ?",
		"SELECT `select` FROM `status` WHERE NOW ( ) - INTERVAL ? SQL_TSI_DAY":               "SELECT `select` FROM status WHERE NOW() - INTERVAL ? DAY",
	} {
		if got := plainNames(digest, names); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
