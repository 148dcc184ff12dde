package sqlite

import (
	"context"
	"errors"

	"mltop/internal/db"
)

var _ db.LabMaker = (*Engine)(nil)

// Lab makes a what-if copy of the database. The live file is only read, in
// short chunks, until Lab returns.
func (e *Engine) Lab(ctx context.Context, o db.LabOptions, progress func(db.Progress)) (db.Lab, error) {
	l, err := NewLab(ctx, liveSource{e}, o, progress)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// A liveSource reads where the engine itself would: the file, or a private
// copy of a WAL database that nobody has open.
type liveSource struct{ e *Engine }

func (s liveSource) URI(ctx context.Context) (string, error) {
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	if s.e.closed {
		return "", errors.New("the engine is closed")
	}
	state, err := look(s.e.path)
	if err != nil {
		return "", err
	}
	src, err := s.e.source(ctx, state)
	return src.uri, err
}
