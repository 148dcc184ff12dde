package postgres

import (
	"fmt"
	"testing"

	"mltop/internal/db/dbtest"
)

// TestTheSettingsAreTheSameWhicheverWayLeadsToTheServer: a few are answered
// with what our own socket has.
func TestTheSettingsAreTheSameWhicheverWayLeadsToTheServer(t *testing.T) {
	s := dbtest.NewPostgres(t, dbtest.PostgresOptions{TCP: true, Settings: map[string]string{"tcp_keepalives_idle": "300"}})
	bySocket := settingsAt(t, s.PostgresURL("postgres"))
	byTCP := settingsAt(t, fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", s.Port))
	for name, value := range bySocket {
		if got, ok := byTCP[name]; !ok || got != value {
			t.Errorf("%s: got %q over TCP, %q over the socket", name, got, value)
		}
	}
	for name, want := range map[string]string{"tcp_keepalives_idle": "5min", "tcp_keepalives_interval": "0", "tcp_keepalives_count": "0", "tcp_user_timeout": "0"} {
		if got := byTCP[name]; got != want {
			t.Errorf("%s: got %q, want the server's %q", name, got, want)
		}
	}
}

// settingsAt are a server's settings by their names.
func settingsAt(t *testing.T, url string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, s := range must(open(t, url).Settings(t.Context()))(t) {
		out[s.Name] = s.Value
	}
	return out
}

func TestASettingHasOneUnit(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 10)
	untouched := map[string]string{} // by the server's own word
	rows := must(app.Query("SELECT name, current_setting(name) FROM pg_settings WHERE setting = boot_val AND unit IS NOT NULL"))(t)
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			t.Fatal(err)
		}
		untouched[name] = value
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, s := range must(open(t, url).Settings(t.Context()))(t) {
		if s.Unit != "" {
			t.Errorf("%s = %q has the unit %q a second time", s.Name, s.Value, s.Unit)
		}
		if want, ok := untouched[s.Name]; ok && !ownSetting(s.Name) {
			seen++
			if s.Value != want || s.Default != want {
				t.Errorf("%s: got %q, the default %q; SHOW says %q to both", s.Name, s.Value, s.Default, want)
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d settings with a unit were compared", seen)
	}
}

func TestADefaultIsWrittenAsShowWritesIt(t *testing.T) {
	for _, row := range []struct{ name, number, unit, want string }{
		{"pages of 8 kB", "16384", "8kB", "128MB"},
		{"kilobytes that are no whole megabyte", "1500", "kB", "1500kB"},
		{"seconds that are a minute", "60", "s", "1min"},
		{"minutes that are a day", "1440", "min", "1d"},
		{"minus one means something else", "-1", "kB", "-1"},
		{"nothing has no unit", "0", "ms", "0"},
		{"a fraction is left alone", "0.5", "", "0.5"},
		{"a word", "on", "", "on"},
		{"a unit of a later version", "7", "us", "7us"},
	} {
		if got := withUnit(row.number, row.unit); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

func TestWhatOurSessionSetForItselfIsNotTheServers(t *testing.T) {
	for _, row := range []struct {
		name  string
		row   settingRow
		files map[string]string
		want  string
	}{
		{"left out of the counting, the server still counts", settingRow{Name: "pg_stat_statements.track", Value: "none", Boot: "top", Reset: "all", Source: "session"}, nil, "all"},
		{"with a unit", settingRow{Name: "work_mem", Value: "64kB", Boot: "4096", Reset: "8192", Unit: "kB", Source: "session"}, nil, "8MB"},
		{"what the server has stays", settingRow{Name: "pg_stat_statements.track", Value: "top", Boot: "top", Reset: "top", Source: "default"}, nil, "top"},
		{"our limits are told by the files", settingRow{Name: "statement_timeout", Value: "5s", Boot: "0", Reset: "5000", Unit: "ms", Source: "client"}, map[string]string{"statement_timeout": "1min"}, "1min"},
	} {
		if s, ok := row.row.setting(row.files); !ok || s.Value != row.want {
			t.Errorf("%s: got %q, %v, want %q", row.name, s.Value, ok, row.want)
		}
	}
}

func TestTheServersTrackIsListedThoughOursIsNone(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 10)
	want := ""
	if err := app.QueryRow("SELECT current_setting('pg_stat_statements.track')").Scan(&want); err != nil {
		t.Fatal(err)
	}
	for _, s := range must(open(t, url).Settings(t.Context()))(t) {
		if s.Name == "pg_stat_statements.track" && s.Value != want {
			t.Errorf("got %q from %q, the application sees %q", s.Value, s.Source, want)
		}
	}
}
