package postgres

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

func TestRowsThatCameToTheCountersBehindTheAnalyzeThatSawThemCountOnce(t *testing.T) {
	at, n := time.Now(), func(i int64) *int64 { return &i }
	live := func(f float64) *float64 { return &f }
	for _, tt := range []struct {
		name           string
		row            tableRow
		rows, modified int64
	}{
		{"they stand twice, and the file is as it was", tableRow{Kind: "r", Rows: 20000, Live: live(40000), Modified: n(20000), Analyzed: &at, Same: true}, 20000, 0},
		{"some of them were updated since", tableRow{Kind: "r", Rows: 20000, Live: live(40000), Modified: n(25000), Analyzed: &at, Same: true}, 20000, 5000},
		{"the file has grown: they are new", tableRow{Kind: "r", Rows: 20000, Live: live(40000), Modified: n(20000), Analyzed: &at}, 40000, 20000},
		{"they may fill what a VACUUM has cleared", tableRow{Kind: "r", Rows: 20000, Live: live(40000), Modified: n(20000), Analyzed: &at, Vacuumed: &at, Same: true}, 40000, 20000},
		{"rows were updated", tableRow{Kind: "r", Rows: 20000, Live: live(20000), Modified: n(20000), Analyzed: &at, Same: true}, 20000, 20000},
		{"rows were deleted", tableRow{Kind: "r", Rows: 20000, Live: live(5000), Modified: n(15000), Analyzed: &at, Same: true}, 5000, 15000},
		{"never analyzed", tableRow{Kind: "r", Rows: -1, Live: live(20000), Modified: n(20000), Same: true}, 20000, 20000},
	} {
		if got := tt.row.table(); *got.Rows != tt.rows || *got.Modified != tt.modified {
			t.Errorf("%s: got %d rows, %d changed; want %d, %d", tt.name, *got.Rows, *got.Modified, tt.rows, tt.modified)
		}
	}
}

// A session that has just handed in its counts keeps the next ones back for a
// second and more: long enough for another one's ANALYZE, in some try.
func TestALateCountOfALiveServerIsNoChange(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 200)
	for try := range 30 {
		name := fmt.Sprintf("late_%d", try)
		dbtest.Exec(t, app, "CREATE TABLE "+name+" (id bigint PRIMARY KEY, note text)")
		writer := dbtest.OpenPostgres(t, url)
		writer.SetMaxOpenConns(1)
		dbtest.Exec(t, writer, "SELECT 1")
		dbtest.Exec(t, writer, "INSERT INTO "+name+" SELECT i, 'note' FROM generate_series(1, 20000) i")
		dbtest.Exec(t, app, "ANALYZE "+name)
		if err := writer.Close(); err != nil { // which hands in the rest
			t.Fatal(err)
		}
		if changedBehind(t, app, name) == 0 {
			continue
		}
		got := must(open(t, url).Schema(t.Context()))(t).Table(name)
		if *got.Rows != 20000 || *got.Modified != 0 {
			t.Errorf("got %d rows, %d changed since the ANALYZE; want 20,000 and none", *got.Rows, *got.Modified)
		}
		return
	}
	t.Fatal("in none of 30 tries the counts came behind the ANALYZE")
}

// changedBehind is what the server counts of a table once its session has gone.
func changedBehind(t *testing.T, d *sql.DB, table string) (changed int64) {
	for until := time.Now().Add(2 * time.Second); changed == 0 && time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if err := d.QueryRow("SELECT n_mod_since_analyze FROM pg_stat_user_tables WHERE relname = $1", table).Scan(&changed); err != nil {
			t.Fatal(err)
		}
	}
	return changed
}
