package mysql

import (
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

func TestTheSchemaSaysWhatIsOldOrSoonAtItsEnd(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{Settings: map[string]string{"userstat": "ON"}})
	e, app := orders(t, s, 200, Options{})
	dbtest.Exec(t, app, "CREATE TABLE small (id TINYINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, v INT)")
	dbtest.Exec(t, app, "INSERT INTO small VALUES (250, 1)")
	dbtest.Exec(t, app, "CREATE TABLE large (id BIGINT PRIMARY KEY AUTO_INCREMENT, pad CHAR(200))")
	dbtest.Exec(t, app, "INSERT INTO large (pad) SELECT 'x' FROM seq_1_to_30000")
	dbtest.Exec(t, app, "DELETE FROM large WHERE id > 10")
	dbtest.Exec(t, app, "ANALYZE TABLE small, large")
	c := must(e.Schema(t.Context()))(t)
	if k := c.Counters; len(k) != 2 || k[0].Table != "small" || k[0].Column != "id" || k[0].Last != 250 || k[0].Max != 255 || k[1].Used() > 0.01 {
		t.Errorf("automatic keys: %+v", k)
	}
	if l := c.Table("large"); l.Free == nil || l.FreeHow == "" || l.Analyzed == nil || time.Since(*l.Analyzed).Abs() > time.Minute {
		t.Errorf("large: free %v, analyzed %v", l.Free, l.Analyzed)
	}
	if c.UsesSince.IsZero() || time.Since(c.UsesSince) > time.Hour {
		t.Errorf("uses are counted since %v", c.UsesSince)
	}
	for _, table := range c.Tables {
		if keys := table.UnindexedKeys(); len(keys) != 0 { // InnoDB makes an index for each
			t.Errorf("%s: foreign keys without an index: %+v", table.Name, keys)
		}
	}
}

func TestTheGreatestValueOfAColumn(t *testing.T) {
	for kind, want := range map[string]float64{"tinyint(4)": 127, "int(10) unsigned": 4294967295, "INT": 2147483647, "bigint unsigned": 18446744073709551615, "varchar(20)": 0} {
		if got := greatest(kind); got != want {
			t.Errorf("%s: got %v, want %v", kind, got, want)
		}
	}
}
