package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"mltop/internal/db"
)

// A meter stands between mltop and a server's socket and counts what the
// server answers.
type meter struct {
	folder   string
	listener net.Listener
	bytes    atomic.Int64

	mu    sync.Mutex
	lines []db.Line
}

// newMeter listens beside the server, under the socket's own name.
func newMeter(socket string) (*meter, error) {
	folder, err := os.MkdirTemp("/tmp", "mltop-meter-")
	if err != nil {
		return nil, err
	}
	m := &meter{folder: folder}
	if m.listener, err = net.Listen("unix", filepath.Join(folder, filepath.Base(socket))); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	go m.serve(socket)
	return m, nil
}

func (m *meter) serve(socket string) {
	for {
		c, err := m.listener.Accept()
		if err != nil {
			return // it was closed
		}
		s, err := net.Dial("unix", socket)
		if err != nil {
			_ = c.Close()
			continue
		}
		go relay(s, c, nil)
		go relay(c, s, &m.bytes)
	}
}

// relay ends when one of both does, and ends the other.
func relay(to, from net.Conn, count *atomic.Int64) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if count != nil {
			count.Add(int64(n))
		}
		if _, failed := to.Write(buf[:n]); err != nil || failed != nil {
			break
		}
	}
	_, _ = to.Close(), from.Close() // both have ended
}

func (m *meter) close() error {
	return errors.Join(m.listener.Close(), os.RemoveAll(m.folder))
}

// trace keeps what mltop sends.
func (m *meter) trace(l db.Line) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lines = append(m.lines, l)
}

// A cost is what one look took.
type cost struct {
	took       time.Duration
	bytes      int64
	statements int
}

// of answers what f cost.
func (m *meter) of(f func() error) (cost, error) {
	m.mu.Lock()
	m.lines = nil
	m.mu.Unlock()
	bytes, began := m.bytes.Load(), time.Now()
	err := f()
	m.mu.Lock()
	defer m.mu.Unlock()
	return cost{time.Since(began), m.bytes.Load() - bytes, len(m.lines)}, err
}

func (c cost) String() string {
	return fmt.Sprintf("%.0f ms, %.0f kB, %d statements", float64(c.took.Microseconds())/1e3, float64(c.bytes)/1e3, c.statements)
}

// sent are the statements of the last look.
func (m *meter) sent() (list []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.lines {
		list = append(list, l.SQL)
	}
	return list
}
