package querylog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mltop/collectors"
	"mltop/internal/sqltext"
)

// A File is the collector of a queries file; it reads the file again when it
// was changed.
type File struct {
	path   string
	quotes sqltext.Quotes
	read   time.Time // modification time of what was read
	size   int64
}

// NewFile makes a collector of the queries file at path; quotes says what a "x"
// is in it.
func NewFile(path string, quotes sqltext.Quotes) *File { return &File{path: path, quotes: quotes} }

// Name is "queries".
func (f *File) Name() string { return "queries" }

// Collect answers the queries as statements with weights, once and whenever
// the file was changed.
func (f *File) Collect(context.Context) ([]collectors.Section, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, fmt.Errorf("read queries file: %w", err)
	}
	if info.ModTime().Equal(f.read) && info.Size() == f.size {
		return nil, nil
	}
	in, err := os.Open(f.path)
	if err != nil {
		return nil, fmt.Errorf("read queries file: %w", err)
	}
	defer in.Close()
	queries, problems := ParseQueries(filepath.Base(f.path), in, f.quotes)
	f.read, f.size = info.ModTime(), info.Size()
	return []collectors.Section{Given(filepath.Base(f.path), queries, problems, time.Now())}, nil
}

// Given is the section of a queries file.
func Given(name string, queries []Query, problems []Problem, at time.Time) *collectors.Statements {
	s := &collectors.Statements{At: at, Source: collectors.StatementSource{Kind: "queries file", Name: name}, Missing: map[string]string{}}
	for _, q := range queries {
		s.Rows = append(s.Rows, collectors.StatementGroup{
			Fingerprint: q.Fingerprint, Text: q.Text, Example: q.SQL, Name: q.Name, Rewrite: q.Rewrite, Weight: q.Weight,
		})
	}
	for _, p := range problems {
		s.Missing[fmt.Sprintf("line %d", p.Line)] = p.String()
	}
	return s
}
