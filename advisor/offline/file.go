// Package offline advises from a workload file: what a database is asked, and
// what it is like, written down where it can be reached and judged where it
// cannot. Nothing is run: what an index would bring is reckoned by rule.
package offline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
)

// Version of the files that this mltop writes, and reads.
const Version = 1

// A File is a workload with all that advice on it takes. What is not known is
// left out.
type File struct {
	Version           int                `json:"mltop_workload"`
	At                time.Time          `json:"at"`
	Name              string             `json:"name"`
	Engine            string             `json:"engine"` // "sqlite", "mysql", "postgres"
	Database          string             `json:"database_id"`
	WindowSeconds     float64            `json:"window_seconds"` // over which calls were counted; 0: weights were given
	Literals          bool               `json:"literals"`       // examples have their constants
	Statements        []Statement        `json:"statements"`
	Rest              *Rest              `json:"rest,omitempty"`
	RequestsPerSecond *float64           `json:"requests_per_second,omitempty"`
	CommitsPerRequest *float64           `json:"commits_per_request,omitempty"`
	RowsPerHour       map[string]float64 `json:"rows_written_per_hour,omitempty"`
	PeakConnections   float64            `json:"peak_connections,omitempty"`
	Machine           *Machine           `json:"machine,omitempty"`
	Stats             db.Stats           `json:"stats"`
	Before            *db.Stats          `json:"stats_at_begin,omitempty"`
	Settings          []db.Setting       `json:"settings"`
	Schema            *db.Schema         `json:"schema"`
	Columns           []Column           `json:"columns,omitempty"`
}

// A Statement of the workload; see advisor.Statement.
type Statement struct {
	Fingerprint  string   `json:"fingerprint"`
	Name         string   `json:"name,omitempty"`
	Text         string   `json:"text"`
	Examples     []string `json:"examples,omitempty"`
	CallsPerHour float64  `json:"calls_per_hour"`
	MeanSeconds  *float64 `json:"mean_seconds,omitempty"`
	RowsPerCall  float64  `json:"rows_per_call,omitempty"`
	Rewrite      string   `json:"rewrite,omitempty"`
	Route        string   `json:"route,omitempty"`
	Assumed      bool     `json:"assumed,omitempty"`
	Sampled      bool     `json:"sampled,omitempty"`
	Logged       bool     `json:"logged,omitempty"`
	Varies       bool     `json:"varies,omitempty"`
	Seen         int64    `json:"calls_seen,omitempty"`
}

// Rest is what the statements that are not named cost together.
type Rest struct {
	Statements   int     `json:"statements"`
	CallsPerHour float64 `json:"calls_per_hour"`
	ShareRatio   float64 `json:"share_ratio"` // of all statements' time
}

// A Machine is advisor.Machine.
type Machine struct {
	MemoryBytes    int64   `json:"memory_bytes"`
	AvailableBytes int64   `json:"available_bytes"`
	Cores          float64 `json:"cores"`
}

// A Column says how many different values a column has.
type Column struct {
	Table     string  `json:"table"`
	Column    string  `json:"column"`
	Distinct  float64 `json:"distinct"`
	NullRatio float64 `json:"null_ratio"`
	How       string  `json:"how"` // "pg_stats", "the first 5,000 rows"
}

// NamedShare of the statements' time is written down by name, MostNamed
// statements at the most; the rest is a sum.
const (
	NamedShare = 0.99
	MostNamed  = 500
)

// Keep divides a workload, the heaviest first, into what is named and the rest.
func Keep(all []advisor.Statement) (named []advisor.Statement, rest *Rest) {
	total, sum := 0.0, 0.0
	for _, s := range all {
		total += weight(s)
	}
	for i, s := range all {
		if i < MostNamed && (i == 0 || sum < NamedShare*total) {
			named, sum = append(named, s), sum+weight(s)
			continue
		}
		if rest == nil {
			rest = &Rest{}
		}
		rest.Statements++
		rest.CallsPerHour += s.CallsPerHour
		rest.ShareRatio += weight(s) / total
	}
	return named, rest
}

// weight is a statement's time an hour; calls that nobody has timed count as a
// microsecond each.
func weight(s advisor.Statement) float64 {
	if math.IsNaN(s.MeanSeconds) {
		return s.CallsPerHour * 1e-6
	}
	return s.CallsPerHour * s.MeanSeconds
}

// NewStatement writes a statement down; without literals its examples stay out.
func NewStatement(s advisor.Statement, literals bool) Statement {
	out := Statement{
		Fingerprint: s.Fingerprint, Name: s.Name, Text: s.Text, CallsPerHour: s.CallsPerHour, Route: s.Route,
		Assumed: s.Assumed, Sampled: s.Sampled, Logged: s.Logged, Varies: s.Varies, Seen: s.Seen,
		RowsPerCall: s.RowsPerCall,
	}
	if !math.IsNaN(s.MeanSeconds) {
		out.MeanSeconds = &s.MeanSeconds
	}
	if literals {
		out.Examples, out.Rewrite = s.Examples, s.Rewrite
	}
	return out
}

// Workload is the file's in the advisor's words.
func (f *File) Workload() advisor.Workload {
	w := advisor.Workload{Window: time.Duration(f.WindowSeconds * float64(time.Second))}
	for _, s := range f.Statements {
		st := advisor.Statement{
			Fingerprint: s.Fingerprint, Name: s.Name, Text: s.Text, Examples: s.Examples, CallsPerHour: s.CallsPerHour, MeanSeconds: orNaN(s.MeanSeconds),
			Rewrite: s.Rewrite, Route: s.Route, Assumed: s.Assumed, Sampled: s.Sampled, Logged: s.Logged, Varies: s.Varies, Seen: s.Seen,
			RowsPerCall: s.RowsPerCall,
		}
		w.Statements = append(w.Statements, st)
	}
	return w
}

// Seen is what the file tells of the deployment.
func (f *File) Seen() advisor.Seen {
	s := advisor.Seen{
		RequestsPerSecond: orNaN(f.RequestsPerSecond), CommitsPerRequest: orNaN(f.CommitsPerRequest),
		Watched:     time.Duration(f.WindowSeconds * float64(time.Second)),
		RowsPerHour: f.RowsPerHour, Before: f.Before, PeakConnections: f.PeakConnections,
		Machine: advisor.Machine{Why: "the workload file does not say"},
	}
	if m := f.Machine; m != nil {
		s.Machine = advisor.Machine{Memory: m.MemoryBytes, Available: m.AvailableBytes, Cores: m.Cores, How: "the workload file"}
	}
	return s
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// Write writes a file as people can read it.
func (f *File) Write(to io.Writer) error {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(f)
}

// Read reads a file and checks it; an error says where the fault is.
func Read(text []byte) (*File, error) {
	if strings.TrimSpace(string(text)) == "" {
		return nil, errors.New("the file is empty")
	}
	if !strings.HasPrefix(strings.TrimSpace(string(text)), "{") {
		return nil, errors.New("line 1: this is no workload file, which is JSON; a file of SQL goes with --queries, and mltop advise TARGET -o workload -w FILE writes a workload file")
	}
	var head struct {
		Version *int `json:"mltop_workload"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, placed(text, err, 0)
	}
	switch {
	case head.Version == nil:
		return nil, errors.New(`line 1: this is no workload file: it has no "mltop_workload"; mltop advise TARGET -o workload -w FILE writes one`)
	case *head.Version > Version:
		return nil, fmt.Errorf("mltop_workload: version %d was written by a newer mltop; this one knows %d", *head.Version, Version)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	f := &File{}
	if err := d.Decode(f); err != nil {
		return nil, placed(text, err, d.InputOffset())
	}
	return f, f.check()
}

// placed says in which line and column JSON is wrong.
func placed(text []byte, err error, at int64) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("%s: %s", place(text, syntax.Offset), syntax.Error())
	case errors.As(err, &kind):
		return fmt.Errorf("%s: %s is a %s, not a %s", place(text, kind.Offset), kind.Field, kind.Value, inJSON(kind.Type))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if i := bytes.Index(text[min(at, int64(len(text))):], []byte(name)); i >= 0 {
			at += int64(i) + 1
		} else if i := bytes.Index(text, []byte(name)); i >= 0 {
			at = int64(i) + 1
		}
		return fmt.Errorf("%s: %s is not known here", place(text, at), name)
	}
	return fmt.Errorf("%s: %w", place(text, at), err)
}

// inJSON is what a value of a type is called in JSON.
func inJSON(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return inJSON(t.Elem())
	case reflect.Slice:
		return "list"
	case reflect.Struct, reflect.Map:
		return "object"
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	}
	return "number"
}

// place is line and column of an offset, both from 1.
func place(text []byte, at int64) string {
	before := text[:max(0, min(at-1, int64(len(text))))]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Sprintf("line %d, column %d", line, len(before)-bytes.LastIndexByte(before, '\n'))
}
