package db

import "context"

// An AccountTeller is an engine that knows as whom the server takes its
// session: what a user may see, and the settings a session begins with, are
// each account's own.
type AccountTeller interface {
	Account(ctx context.Context) (string, error)
}

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

// A ChangeRefuser is an engine that knows beforehand which changes the server
// refuses to its user.
type ChangeRefuser interface {
	// MayNot says why a step would be refused, and what gives the right; "" where
	// it would not, or where nobody knows.
	MayNot(ctx context.Context, s Step) (string, error)
}
