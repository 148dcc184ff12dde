package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"unicode"

	_ "github.com/mattn/go-sqlite3"
	"github.com/rogpeppe/go-internal/testscript"
)

// sqliteMain is "sqlite FILE SQL…" for scripts: it runs each text and prints
// rows with | between their values.
func sqliteMain() {
	if err := runSQL(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runSQL(path string, texts []string) error {
	d, err := sql.Open("sqlite3", path)
	if err != nil {
		return err
	}
	defer d.Close()
	d.SetMaxOpenConns(1)
	for _, text := range texts {
		if strings.HasPrefix(text, "@") {
			file, err := os.ReadFile(text[1:])
			if err != nil {
				return err
			}
			text = string(file)
		}
		run := printRows
		if word := strings.ToUpper(strings.Fields(text)[0]); word != "SELECT" && word != "PRAGMA" {
			run = execute
		}
		if err := run(d, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return nil
}

func execute(d *sql.DB, text string) error {
	_, err := d.Exec(text)
	return err
}

func printRows(d *sql.DB, text string) error {
	rows, err := d.Query(text)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]sql.NullString, len(names))
	into := make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		line := make([]string, len(values))
		for i, v := range values {
			line[i] = v.String
		}
		fmt.Println(strings.Join(line, "|"))
	}
	return rows.Err()
}

// exits runs a command and checks its exit code: exits 3 mltop /none.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("run %v: %v", args[1:], err)
	}
	if got != want {
		ts.Fatalf("%v: exit code %d, want %d", args[1:], got, want)
	}
}

// checkJSON reads a path out of the last stdout: json requests.total 5000,
// json database.mean_query_seconds null, json plan.root.op *.
func checkJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: json PATH WANT, where * is anything but null")
	}
	v := lookUp(ts, args[0])
	got := "null"
	if v != nil {
		got = text1(v)
	}
	ok := got == args[1] || args[1] == "*" && v != nil
	if ok == neg {
		ts.Fatalf("%s: got %s, want %v%s", args[0], got, map[bool]string{true: "not "}[neg], args[1])
	}
}

// within checks a number: within requests.p95_seconds 0.28 0.30.
func within(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: within PATH LOW HIGH")
	}
	v, ok := lookUp(ts, args[0]).(float64)
	low, err1 := strconv.ParseFloat(args[1], 64)
	high, err2 := strconv.ParseFloat(args[2], 64)
	ts.Check(errors.Join(err1, err2))
	if !ok || v < low || v > high || math.IsNaN(v) {
		ts.Fatalf("%s: got %v, want a number from %v to %v", args[0], lookUp(ts, args[0]), low, high)
	}
}

func lookUp(ts *testscript.TestScript, path string) any {
	var v any
	text := ts.ReadFile("stdout")
	if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(&v); err != nil {
		ts.Fatalf("stdout is no JSON: %v\n%s", err, text)
	}
	for _, key := range strings.Split(path, "/") {
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[key]
			if !ok {
				ts.Fatalf("%s: there is no %q in %v", path, key, at)
			}
			v = next
		case []any:
			i, err := strconv.Atoi(key)
			if key == "len" {
				v = float64(len(at))
				continue
			}
			if err != nil || i >= len(at) {
				ts.Fatalf("%s: no %q in a list of %d", path, key, len(at))
			}
			v = at[i]
		default:
			ts.Fatalf("%s: %v has no parts", path, v)
		}
	}
	return v
}

func text1(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// plain checks that the last command printed nothing that a terminal would
// obey, reorder or hide.
func plain(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) > 0 || neg {
		ts.Fatalf("usage: plain")
	}
	for _, name := range []string{"stdout", "stderr"} {
		text := ts.ReadFile(name)
		for _, r := range text {
			if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
				ts.Fatalf("%s holds %U: %q", name, r, text)
			}
		}
	}
}
