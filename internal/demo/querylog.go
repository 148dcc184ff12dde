package demo

import (
	"context"
	"fmt"
	"os"
	"sync"

	"mltop/collectors/querylog/snippet"
)

// withRoute marks ctx with the route that its statements serve.
func withRoute(ctx context.Context, route string) context.Context {
	return context.WithValue(ctx, snippet.Route{}, route)
}

// A queryLog is the file that the wrapped driver writes statements to, the
// wrapper being the one that mltop proposes to every Go application.
type queryLog struct {
	mu   sync.Mutex
	path string
	file *os.File
	size int64
	most int64 // size at which it starts anew
}

// maxQueryLog is where the log starts anew, the old one kept beside it: some
// hours of the demo's load.
const maxQueryLog = 64 << 20

func openQueryLog(path string) (*queryLog, error) {
	f, err := appendTo(path)
	if err != nil {
		return nil, fmt.Errorf("open the shop's query log: %w", err)
	}
	return &queryLog{path: path, file: f, most: maxQueryLog}, nil
}

func appendTo(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
}

// Write takes one line, whole.
func (l *queryLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.file.Write(line)
	if l.size += int64(n); err == nil && l.size > l.most {
		err = l.turn()
	}
	return n, err
}

// turn puts the full log aside and starts another.
func (l *queryLog) turn() error {
	if err := os.Rename(l.path, l.path+".1"); err != nil {
		return err
	}
	f, err := appendTo(l.path)
	if err != nil {
		return err
	}
	err = l.file.Close()
	l.file, l.size = f, 0
	return err
}

func (l *queryLog) close() error { return l.file.Close() }
