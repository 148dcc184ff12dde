package postgres

import (
	"errors"

	"mltop/internal/db"
)

// Parse binds one statement to the catalog.
func (Dialect) Parse(sql string, s *db.Schema) (*db.Shape, error) {
	return nil, errors.New("not parsed")
}
