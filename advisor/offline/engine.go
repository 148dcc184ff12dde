package offline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"mltop/internal/db"
)

// A Planner is an engine's own planner on a schema without rows. Statistics of
// an added index are its Stat.
type Planner interface {
	Plan(ctx context.Context, q db.Query, c db.Config) (*db.Plan, error)
	Try(ctx context.Context, ix db.Index) error
	LeftOut() map[string]string
	Version() string
	Close() error
}

// An Engine answers what a workload file says. Nothing can be run on it.
type Engine struct {
	db.Dialect
	file    *File
	planner Planner // nil: plans are made by rule
	stats   statistics
}

var (
	_ db.Engine   = (*Engine)(nil)
	_ db.LabMaker = (*Engine)(nil)
)

// NewEngine makes an engine of a file that was checked. It closes the planner,
// which may be nil.
func NewEngine(f *File, d db.Dialect, p Planner) *Engine {
	return &Engine{Dialect: d, file: f, planner: p, stats: newStatistics(f)}
}

// Speaks is the engine's dialect, with what only some dialects can write.
func (e *Engine) Speaks() db.Dialect { return e.Dialect }

// errOffline is the answer to all that takes a database.
var errOffline = errors.New("a workload file has no database behind it: use the target itself")

// ID is of the database that the file was written of.
func (e *Engine) ID(context.Context) (db.TargetID, error) {
	sum := sha256.Sum256([]byte(e.file.Name + "\x00" + e.file.Database))
	return db.TargetID{Engine: e.file.Engine, Server: "workload file", Database: hex.EncodeToString(sum[:8])}, nil
}

// Stats are those of the file.
func (e *Engine) Stats(context.Context) (db.Stats, error) { return e.file.Stats, nil }

// Sessions are not in a file.
func (e *Engine) Sessions(context.Context) ([]db.Session, error) { return nil, nil }

// Schema is the file's.
func (e *Engine) Schema(context.Context) (*db.Schema, error) { return e.file.Schema, nil }

// Settings are the file's.
func (e *Engine) Settings(context.Context) ([]db.Setting, error) { return e.file.Settings, nil }

// State is not in a file: an object is as the schema says.
func (e *Engine) State(context.Context, db.Object) (db.State, error) { return "", errOffline }

// Run refuses.
func (e *Engine) Run(context.Context, db.Step, func(db.Progress)) (db.Result, error) {
	return db.Result{}, errOffline
}

// Close ends the planner.
func (e *Engine) Close() error {
	if e.planner == nil {
		return nil
	}
	return e.planner.Close()
}

// Explain plans as the engine's own planner does, or by rule.
func (e *Engine) Explain(ctx context.Context, q db.Query) (*db.Plan, error) {
	est, err := e.cost(ctx, q, db.Config{})
	return est.Plan, err
}

// Lab reckons by rule.
func (e *Engine) Lab(context.Context, db.LabOptions, func(db.Progress)) (db.Lab, error) {
	return &Lab{e}, nil
}

// Note says how the numbers are made.
func (e *Engine) Note() string {
	if e.planner != nil {
		return fmt.Sprintf("offline: plans are those of SQLite %s on the schema and statistics of the file; rows read are reckoned by rule, nothing was measured", e.planner.Version())
	}
	return "offline: plans and rows read are reckoned by rule from the schema and statistics of the file; nothing was measured"
}
