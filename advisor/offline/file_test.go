package offline

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"mltop/advisor"
)

const small = `{
  "mltop_workload": 1,
  "engine": "postgres",
  "window_seconds": 3600,
  "statements": [
    {"fingerprint": "a", "text": "SELECT total FROM orders WHERE customer_id = $1", "calls_per_hour": 3600, "mean_seconds": 0.02}
  ],
  "stats": {"version": "15.4"},
  "settings": [{"name": "work_mem", "value": "4MB"}],
  "schema": {"tables": [{"schema": "public", "name": "orders", "rows": 100000,
    "columns": [{"name": "id", "type": "bigint"}, {"name": "customer_id", "type": "bigint"}, {"name": "total", "type": "numeric"}],
    "primary_key": ["id"],
    "indexes": [{"table": "orders", "name": "orders_pkey", "columns": [{"name": "id"}], "unique": true, "constraint": true}]}]},
  "columns": [{"table": "orders", "column": "customer_id", "distinct": 5000}]
}
`

func TestAFileThatIsWrongSaysWhere(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"nothing is in it", small, " \n", "the file is empty"},
		{"it is something else", small, `{"a": 1}`, `line 1: this is no workload file`},
		{"it breaks off", `"columns": [{"table"`, "", "line 14, column"},
		{"a newer mltop wrote it", `"mltop_workload": 1`, `"mltop_workload": 2`, "mltop_workload: version 2 was written by a newer mltop"},
		{"a number is a word", `"calls_per_hour": 3600`, `"calls_per_hour": "often"`, "line 6, column 109: statements.calls_per_hour is a string, not a number"},
		{"a field is misspelt", `"mean_seconds"`, `"mean_second"`, `line 6, column 109: "mean_second" is not known here`},
		{"a rate is negative", `"calls_per_hour": 3600`, `"calls_per_hour": -1`, "statements[0].calls_per_hour: -1 is no rate"},
		{"a statement has no text", `"SELECT total FROM orders WHERE customer_id = $1"`, `" "`, "statements[0].text: it is empty"},
		{"the engine is not known", `"engine": "postgres"`, `"engine": "oracle"`, `engine: "oracle" is none of sqlite, mysql, postgres`},
		{"an index is on a column that is not there", `"columns": [{"name": "id"}], "unique"`, `"columns": [{"name": "ident"}], "unique"`, `schema.tables[0].indexes[0].columns[0]: orders has no column "ident"`},
		{"an index is of another table", `{"table": "orders", "name": "orders_pkey"`, `{"table": "items", "name": "orders_pkey"`, `schema.tables[0].indexes[0].table: orders_pkey is an index of "items"`},
		{"a statistic is of a column that is not there", `"column": "customer_id"`, `"column": "customer"`, `columns[0].column: orders has no column "customer"`},
		{"rows are negative", `"rows": 100000`, `"rows": -5`, "schema.tables[0].rows: -5 of orders"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(small, c.old, c.new, 1)
			if text == small {
				t.Fatalf("the case changes nothing: %q is not in the file", c.old)
			}
			if _, err := Read([]byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestAFileIsReadAsItWasWritten(t *testing.T) {
	f, err := Read([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	if err := f.Write(&first); err != nil {
		t.Fatal(err)
	}
	again, err := Read(first.Bytes())
	if err != nil {
		t.Fatalf("read what was written: %v\n%s", err, first.String())
	}
	if err := again.Write(&second); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Errorf("got\n%s\nwant\n%s", second.String(), first.String())
	}
	s := again.Workload().Statements[0]
	if s.CallsPerHour != 3600 || s.MeanSeconds != 0.02 {
		t.Errorf("got %v calls an hour of %v s, want 3600 of 0.02 s", s.CallsPerHour, s.MeanSeconds)
	}
}

func TestTheHeaviestStatementsAreNamedAndTheRestIsASum(t *testing.T) {
	all := []advisor.Statement{{Fingerprint: "heavy", CallsPerHour: 3600, MeanSeconds: 0.99}}
	for range 600 {
		all = append(all, advisor.Statement{Fingerprint: "light", CallsPerHour: 6, MeanSeconds: 0.01})
	}
	named, rest := Keep(all)
	if len(named) != 1 || rest == nil || rest.Statements != 600 || rest.CallsPerHour != 3600 || math.Abs(rest.ShareRatio-0.01) > 1e-4 {
		t.Errorf("got %d named and a rest of %+v, want 1 and 600 statements with 1 %% of the time", len(named), rest)
	}
	for i := range all {
		all[i].MeanSeconds = 1
		all[i].CallsPerHour = 1
	}
	if named, rest = Keep(all); len(named) != MostNamed || rest.Statements != 601-MostNamed {
		t.Errorf("got %d named of 601 that weigh the same, want %d", len(named), MostNamed)
	}
	if named, rest = Keep(all[:1]); len(named) != 1 || rest != nil {
		t.Errorf("got %d named and a rest of %+v of one statement, want no rest", len(named), rest)
	}
}

func TestAFileOfSQLIsSentToItsOwnFlag(t *testing.T) {
	_, err := Read([]byte("SELECT 1;\n"))
	if err == nil || !strings.Contains(err.Error(), "a file of SQL goes with --queries") {
		t.Errorf("got %v, want it to name --queries", err)
	}
}
