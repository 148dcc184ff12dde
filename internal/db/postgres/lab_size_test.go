package postgres

import (
	"math"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A column of so many rows and values, of so many bytes each.
func keysLike(rows, distinct, width float64) []keyKind {
	return kindsOf(columnStat{width: width, distinct: distinct}, nil, rows)
}

func TestTheSizeOfATree(t *testing.T) {
	const page = 8192
	for _, c := range []struct {
		name string
		keys keys
		rows float64
		want float64 // pages
	}{
		{"no row: the page about itself, and a root", keys{kinds: keysLike(1, 1, 8), shares: true}, 0, 2},
		{"rows for one page: it is the root", keys{kinds: keysLike(366, -1, 8), shares: true}, 366, 2},
		{"one more than a page holds", keys{kinds: keysLike(367, -1, 8), shares: true}, 367, 4},
		{"all keys differ: PostgreSQL 15 built as many", keys{kinds: keysLike(200000, 200000, 8), shares: true}, 200000, 551},
		{"few keys of many rows", keys{kinds: keysLike(60000, 10, 4), shares: true}, 60000, 54},
		{"rows that share no entry", keys{kinds: keysLike(60000, 10, 4)}, 60000, 166},
		{"a column of NULLs is one key", keys{kinds: kindsOf(columnStat{width: 30, distinct: 0, nulls: 1}, nil, 60000), shares: true}, 60000, 53},
	} {
		if got := c.keys.treeBytes(c.rows) / page; got != c.want {
			t.Errorf("%s: %.0f pages, want %.0f", c.name, got, c.want)
		}
	}
}

func TestHowOftenKeysComeTogether(t *testing.T) {
	const rows = 10000
	present := func(list []keyKind) (values, all float64) {
		for _, k := range list {
			mean := rows * k.share
			values, all = values-k.values*math.Expm1(-mean), all+k.values*mean
		}
		return values, all
	}
	for _, c := range []struct {
		name   string
		kinds  []keyKind
		values float64 // that some row has
	}{
		{"all differ", keysLike(rows, -1, 8), rows},
		{"each comes twice", keysLike(rows, 5000, 8), 5000},
		{"two of four values and two of ten make forty", together(keysLike(rows, 4, 8), keysLike(rows, 10, 8)), 40},
		{"pairs that could be more than there are rows", together(keysLike(rows, 200, 8), keysLike(rows, 100, 8)), 20000 * (1 - math.Exp(-0.5))},
		{"with a key that no two rows have", together(keysLike(rows, 4, 8), keysLike(rows, -1, 8)), rows},
		{"half of them NULL, the others one value", kindsOf(columnStat{width: 4, distinct: 1, nulls: 0.5}, []float64{0.5}, rows), 2},
		{"one that most have, and nine others", kindsOf(columnStat{width: 4, distinct: 10}, []float64{0.9}, rows), 10},
	} {
		values, all := present(c.kinds)
		if math.Abs(values-c.values) > 0.01*c.values+0.01 || math.Abs(all-rows) > 0.001*rows {
			t.Errorf("%s: %.1f values of %.0f rows, want %.1f of %d", c.name, values, all, c.values, rows)
		}
	}
}

// Rows of equal keys share an entry only where equal values are written alike.
func TestTheSizeOfATreeByItsTypes(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE goods (id int, kind varchar(10), code char(10), cost numeric(10,2), at date);
		INSERT INTO goods SELECT i, 'kind ' || i % 7, 'code ' || i % 7, i % 7, date '2026-01-01' + i % 7 FROM generate_series(1, 60000) i;
		ANALYZE goods`)
	lab, err := open(t, url).Lab(t.Context(), db.LabOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer lab.Close()
	for _, columns := range []string{"id", "kind", "code", "cost", "at", "at code", "at kind"} {
		ix := db.Index{Schema: "public", Table: "goods", Method: "btree"}
		for _, name := range strings.Fields(columns) {
			ix.Columns = append(ix.Columns, db.IndexColumn{Name: name})
		}
		dbtest.Exec(t, app, "CREATE INDEX tried ON goods ("+strings.ReplaceAll(columns, " ", ", ")+")")
		var built float64
		if err := app.QueryRow("SELECT pg_relation_size('tried')").Scan(&built); err != nil {
			t.Fatal(err)
		}
		if got := lab.Size(ix).Value; got < 0.85*built || got > 1.15*built {
			t.Errorf("on %s: %.0f bytes are reckoned, %.0f are built", columns, got, built)
		}
		dbtest.Exec(t, app, "DROP INDEX tried")
	}
}

func TestWhichVersionsShareEntriesOfFixedText(t *testing.T) {
	for number, want := range map[int]bool{130022: true, 150018: true, 150020: false, 160015: true, 160016: false, 190000: false} {
		if got := sharesEntries("bpchar", number); got != want {
			t.Errorf("char(n) on %d: rows share an entry: %v, want %v", number, got, want)
		}
		if !sharesEntries("text", number) || sharesEntries("numeric", number) {
			t.Errorf("text and numeric on %d: want shared and not", number)
		}
	}
}

func TestTheColumnOfAFoldedText(t *testing.T) {
	for expr, want := range map[string]string{
		"lower(email)": "email", "lower((email)::text)": "email", "upper(name)": "name",
		"lower(a || b)": "", "length(email)": "", "(body ->> 'x')": "", "lower(trim(name))": "",
	} {
		if got := folded(expr); got != want {
			t.Errorf("%s folds %q, want %q", expr, got, want)
		}
	}
	l := &Lab{stats: map[string]columnStat{"t.email": {width: 30, distinct: -1}}}
	if got := l.keyWidth(db.Index{Table: "t", Columns: []db.IndexColumn{{Expr: "lower(email)"}}}); got != 30 {
		t.Errorf("its key is %.0f bytes wide, want the column's 30", got)
	}
}
