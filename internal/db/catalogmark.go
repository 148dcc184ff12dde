package db

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// A CatalogMark knows which catalog was read last, and that a change of ours
// came after it. An engine embeds it where the server itself has no cheap
// answer: then what mltop changed is looked at anew at once, and what others
// did when the catalog is read the next time.
type CatalogMark struct {
	mu      sync.Mutex
	version string
	changes int // of ours
	read    int // how many of them the version knows
}

// CatalogChanged says that a change of ours is over, however it ended.
func (m *CatalogMark) CatalogChanged() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changes++
}

// ReadCatalog answers what to call with the version that is being read: it
// knows the changes until now.
func (m *CatalogMark) ReadCatalog() func(version string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.changes
	return func(version string) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.version, m.read = version, known
	}
}

// SchemaVersion answers in the words of Schema, or another version while a
// change was not read yet. It asks the server nothing.
func (m *CatalogMark) SchemaVersion(context.Context) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.version == "":
		return "", errors.New("the catalog was not read yet")
	case m.changes > m.read:
		return fmt.Sprintf("%s, changed %d", m.version, m.changes), nil
	}
	return m.version, nil
}
