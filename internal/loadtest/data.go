package loadtest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
)

// Data is a table whose rows become variables, one row a turn, from the first
// to the last and again from the first.
type Data struct {
	Names []string
	Rows  [][]string
}

// ParseData reads CSV whose first line names the columns.
func ParseData(text string) (*Data, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 {
		return nil, errors.New("it has no row below the names of its columns")
	}
	for _, name := range rows[0] {
		if !variableName(name) || strings.HasPrefix(name, "$") {
			return nil, fmt.Errorf("its column %q cannot be a variable: letters, digits and _ can", name)
		}
	}
	return &Data{Names: rows[0], Rows: rows[1:]}, nil
}

func (d *Data) fill(vars map[string]string, turn uint64) {
	if d == nil {
		return
	}
	row := d.Rows[turn%uint64(len(d.Rows))]
	for i, name := range d.Names {
		vars[name] = row[i]
	}
}
