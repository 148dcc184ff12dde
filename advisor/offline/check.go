package offline

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"mltop/internal/db"
)

// Engines that a file may be of.
var engines = [...]string{"sqlite", "mysql", "postgres"}

// check finds what is well-formed and makes no sense.
func (f *File) check() error {
	switch {
	case !slices.Contains(engines[:], f.Engine):
		return fmt.Errorf("engine: %q is none of %s", f.Engine, strings.Join(engines[:], ", "))
	case f.Schema == nil:
		return fmt.Errorf("schema: it is missing; without tables nothing can be advised")
	case !rate(f.WindowSeconds):
		return fmt.Errorf("window_seconds: %v is no time", f.WindowSeconds)
	}
	for i, s := range f.Statements {
		if err := s.check(); err != nil {
			return fmt.Errorf("statements[%d]%w", i, err)
		}
	}
	if err := checkSchema(f.Schema); err != nil {
		return err
	}
	for i, c := range f.Columns {
		if err := c.check(f.Schema); err != nil {
			return fmt.Errorf("columns[%d]%w", i, err)
		}
	}
	return nil
}

func (s Statement) check() error {
	switch {
	case strings.TrimSpace(s.Text) == "":
		return fmt.Errorf(".text: it is empty")
	case s.Fingerprint == "":
		return fmt.Errorf(".fingerprint: it is empty")
	case !rate(s.CallsPerHour):
		return fmt.Errorf(".calls_per_hour: %v is no rate", s.CallsPerHour)
	case s.MeanSeconds != nil && !rate(*s.MeanSeconds):
		return fmt.Errorf(".mean_seconds: %v is no time", *s.MeanSeconds)
	case !rate(s.RowsPerCall):
		return fmt.Errorf(".rows_per_call: %v is no number of rows", s.RowsPerCall)
	}
	return nil
}

func rate(v float64) bool { return v >= 0 && !math.IsInf(v, 0) }

func checkSchema(s *db.Schema) error {
	for i, t := range s.Tables {
		at := fmt.Sprintf("schema.tables[%d]", i)
		switch {
		case t == nil || t.Name == "":
			return fmt.Errorf("%s.name: it is empty", at)
		case t.Rows != nil && *t.Rows < 0:
			return fmt.Errorf("%s.rows: %d of %s is no number of rows", at, *t.Rows, t.Name)
		}
		for j, ix := range t.Indexes {
			if err := checkIndex(t, ix); err != nil {
				return fmt.Errorf("%s.indexes[%d]%w", at, j, err)
			}
		}
	}
	return nil
}

func checkIndex(t *db.Table, ix *db.Index) error {
	switch {
	case ix == nil || ix.Name == "":
		return fmt.Errorf(".name: it is empty")
	case !strings.EqualFold(ix.Table, t.Name):
		return fmt.Errorf(".table: %s is an index of %q, but stands under %s", ix.Name, ix.Table, t.Name)
	}
	for i, c := range ix.Columns {
		if c.Name != "" && t.Column(c.Name) == nil {
			return fmt.Errorf(".columns[%d]: %s has no column %q", i, t.Name, c.Name)
		}
	}
	return nil
}

func (c Column) check(s *db.Schema) error {
	t := s.Table(c.Table)
	switch {
	case t == nil:
		return fmt.Errorf(".table: there is no table %q", c.Table)
	case t.Column(c.Column) == nil:
		return fmt.Errorf(".column: %s has no column %q", t.Name, c.Column)
	case !rate(c.Distinct):
		return fmt.Errorf(".distinct: %v is no number of values", c.Distinct)
	}
	return nil
}
