package db

import "context"

// A RightsReader is an engine that knows which rights its user lacks.
type RightsReader interface {
	// MissingRights lists them, each with what is lost and the statement that
	// an administrator gives it by.
	MissingRights(ctx context.Context) ([]MissingRight, error)
}

// A MissingRight costs one thing that mltop could show or do.
type MissingRight struct {
	Lost  string
	Grant string
}
