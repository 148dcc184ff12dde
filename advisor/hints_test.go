package advisor_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
)

// twins are two indexes of one column.
var twins = []string{
	"CREATE TABLE clients (id INTEGER PRIMARY KEY, email VARCHAR(100), city VARCHAR(50))",
	"INSERT INTO clients SELECT seq, CONCAT('e', seq), CONCAT('c', seq % 50) FROM seq_1_to_20000",
	"CREATE INDEX d1 ON clients (email)", "CREATE INDEX d2 ON clients (email)",
}

func TestAnIndexThatAHintNamesStaysOnMariaDB(t *testing.T) {
	for _, c := range []struct{ name, code, query, gone, says, works string }{
		{"nobody names one", "", "", "d2", "holds the same columns", "SELECT 1"},
		{"a view names one", "CREATE VIEW vv AS SELECT id FROM clients FORCE INDEX (d2) WHERE email = 'e5'", "", "d1", "the view vv names it", "SELECT * FROM vv"},
		{"a procedure does", "CREATE PROCEDURE pp() SELECT id FROM clients USE INDEX (d2) WHERE email = 'e6'", "", "d1", "the procedure pp names it", "CALL pp()"},
		{"a trigger does", "CREATE TRIGGER tt BEFORE INSERT ON clients FOR EACH ROW SET NEW.city = (SELECT MAX(city) FROM clients FORCE KEY (d2) WHERE email = NEW.email)", "", "d1", "the trigger tt names it",
			"REPLACE INTO clients VALUES (-1, 'x', 'y')"},
		{"an event does", "CREATE EVENT ee ON SCHEDULE EVERY 1 DAY DO DELETE FROM clients WHERE id IN (SELECT id FROM (SELECT id FROM clients IGNORE INDEX (`d2`)) x WHERE id < 0)", "", "d1", "the event ee names it", "SELECT 1"},
		{"a statement does", "", "of an email: SELECT id FROM clients FORCE INDEX (d2) WHERE email = 'e7'", "d1", "of an email names it", "SELECT id FROM clients FORCE INDEX (d2) WHERE email = 'e7'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := dbtest.MariaDB(t)
			name := s.MariaDBDatabase(t)
			app := s.OpenMariaDB(t, name)
			for _, ddl := range append(twins[:len(twins):len(twins)], or(c.code, "ANALYZE TABLE clients")) {
				dbtest.Exec(t, app, ddl)
			}
			e := opened(mysql.Open(t.Context(), s.MariaDBURL(name), mysql.Options{}))(t)
			got, a := adviseOnServer(t, e, statements(or(c.query, "of a city: SELECT id FROM clients WHERE city = 'c3'")))
			r := drop(t, got)
			if r.Object != "index "+c.gone || !strings.Contains(r.Reason, c.says) || strings.Contains(r.MayBeWrong, "hints in") {
				t.Fatalf("advised %s: %s (%s); want %s, because %s", r.Title, r.Reason, r.MayBeWrong, c.gone, c.says)
			}
			thereAndUndone(t, a, r.ID, func(when string) {
				if _, err := app.Exec(c.works); err != nil {
					t.Errorf("%s, the application fails: %v", when, err)
				}
			})
		})
	}
}

// What came after the advice is seen when it is applied.
func TestAnIndexThatAHintNamesByNowIsNotDropped(t *testing.T) {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	for _, ddl := range twins {
		dbtest.Exec(t, app, ddl)
	}
	e := opened(mysql.Open(t.Context(), s.MariaDBURL(name), mysql.Options{}))(t)
	got, a := adviseOnServer(t, e, statements("of a city: SELECT id FROM clients WHERE city = 'c3'"))
	r := drop(t, got)
	for _, c := range []struct{ name, made, gone, says string }{
		{"a view", "CREATE VIEW vv AS SELECT id FROM clients FORCE INDEX (d2) WHERE email = 'e5'", "DROP VIEW vv", "the view vv names index d2"},
		{"a procedure", "CREATE PROCEDURE pp() SELECT id FROM clients USE INDEX (d2) WHERE email = 'e6'", "DROP PROCEDURE pp", "the procedure pp names index d2"},
	} {
		dbtest.Exec(t, app, c.made)
		if _, err := a.Apply(t.Context(), r.ID, nil); !errors.As(err, new(advisor.Refused)) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s names it since: applied with %v; want it refused, because %s", c.name, err, c.says)
		}
		dbtest.Exec(t, app, c.gone)
	}
	if entries, err := a.Journal(t.Context()); err != nil || len(entries) > 0 {
		t.Errorf("the journal has %+v, %v; want nothing", entries, err)
	}
	made := e.CreateIndex(db.Index{Name: "mltop_mine", Table: "clients", Columns: []db.IndexColumn{{Name: "city"}}})
	if err := a.Save(t.Context(), []advisor.Recommendation{{ID: "mine", Kind: advisor.KindCreateIndex, Change: db.Change{made}}, r}); err != nil {
		t.Fatal(err)
	}
	entry, err := a.Apply(t.Context(), "mine", nil)
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Exec(t, app, "CREATE VIEW vv AS SELECT id FROM clients FORCE INDEX (mltop_mine) WHERE city = 'c5'")
	if p, err := a.PreviewUndo(t.Context(), entry.ID); err != nil || p.Refused != "" || !warns(p.Recommendation.Warnings, "the view vv names index mltop_mine") {
		t.Errorf("undoing an index that a view names by now: %v, refused %q, warned of %+v", err, p.Refused, p.Recommendation.Warnings)
	}
	if p, err := a.Preview(t.Context(), r.ID); err != nil || p.Refused != "" {
		t.Errorf("nobody names it any more: %v, refused %q", err, p.Refused)
	}
}

// warns tells whether one of several warnings says so; others come and go
// with what else the server is doing.
func warns(w []advisor.Warning, says string) bool {
	return slices.ContainsFunc(w, func(w advisor.Warning) bool { return strings.Contains(w.Text, says) })
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// A user with rights on tables alone sees none of the code.
func TestADropSaysWhereHintsWereNotLookedFor(t *testing.T) {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	for _, ddl := range append(twins[:len(twins):len(twins)], "CREATE PROCEDURE pp() SELECT id FROM clients USE INDEX (d2) WHERE email = 'e6'") {
		dbtest.Exec(t, app, ddl)
	}
	user := "poor_" + name[len(name)-8:]
	dbtest.Exec(t, app, fmt.Sprintf("CREATE USER %s@localhost", user))
	t.Cleanup(func() { _, _ = s.OpenMariaDB(t, "").Exec("DROP USER " + user + "@localhost") })
	for _, c := range []struct{ name, grant, says string }{
		{"with no right to anything but tables", "SELECT, INDEX, ALTER", "hints in views, in procedures and functions, in triggers, in events were not looked for"},
		{"with the right to run procedures", "EXECUTE, SHOW VIEW, TRIGGER, EVENT", "hints in procedures and functions (pp) were not looked for"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Exec(t, app, fmt.Sprintf("GRANT %s ON %s.* TO %s@localhost", c.grant, name, user))
			e := opened(mysql.Open(t.Context(), strings.Replace(s.MariaDBURL(name), "root@", user+"@", 1), mysql.Options{}))(t)
			got, _ := adviseOnServer(t, e, advisor.Workload{})
			if r := drop(t, got); !strings.Contains(r.MayBeWrong, c.says) {
				t.Errorf("%s may be wrong: %q, want %q", r.Title, r.MayBeWrong, c.says)
			}
		})
	}
}
