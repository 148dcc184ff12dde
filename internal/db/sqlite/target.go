package sqlite

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"mltop/internal/db"
)

// A fileID says which file this is, whatever it is called.
type fileID struct {
	device, inode uint64
	born          time.Time // zero where the file system does not tell
}

// A fileState is what stat tells of the database's files. Looking takes no
// lock and opens nothing.
type fileState struct {
	path     string // symbolic links resolved: SQLite names -wal and -shm after this
	id       fileID
	owner    int // user id; -1 where there are none
	size     int64
	modified time.Time
	wal      *int64 // bytes; nil: there is none
	shm      *int64
	journal  *int64
}

// look stats the database at path and the files beside it.
func look(path string) (fileState, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fileState{path: path}, problemOfStat(path, err)
	}
	info, err := os.Stat(real)
	if err != nil {
		return fileState{path: real}, problemOfStat(path, err)
	}
	if p := problemOfMode(path, info); p != nil {
		return fileState{path: real}, p
	}
	s := fileState{path: real, size: info.Size(), modified: info.ModTime()}
	s.id, s.owner = identify(real, info)
	s.wal, s.shm, s.journal = sizeOf(real+"-wal"), sizeOf(real+"-shm"), sizeOf(real+"-journal")
	return s, nil
}

func sizeOf(path string) *int64 {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	n := info.Size()
	return &n
}

// same reports whether two looks saw one file. A file made anew under an old
// inode number was born at another time.
func (a fileID) same(b fileID) bool {
	return a.device == b.device && a.inode == b.inode && a.born.Equal(b.born)
}

// target is the identity that journal and recordings are keyed on. The
// creation record is the file's time of birth: it stands through VACUUM, WAL,
// growth and every change of schema, and a copy has another one. Where the
// file system keeps none, fallback (what was created first) takes its place.
func (a fileID) target(fallback string) db.TargetID {
	record := "born " + strconv.FormatInt(a.born.UnixNano(), 10)
	if a.born.IsZero() {
		record = "first " + fallback
	}
	sum := sha256.Sum256([]byte(record))
	return db.TargetID{
		Engine:   "sqlite",
		Server:   fmt.Sprintf("%d:%d", a.device, a.inode),
		Database: hex.EncodeToString(sum[:8]),
	}
}

// uri names a file for SQLite with every byte that could mean something else
// written as %XX.
func uri(path, query string) string {
	var b strings.Builder
	b.WriteString("file:")
	for i := 0; i < len(path); i++ {
		if c := path[i]; plain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String() + "?" + query
}

func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("/._-~", c) >= 0
}

// keptStatements stay prepared while a connection is open: those that every
// tick asks are a few. One that does not run holds no lock, and is prepared
// anew by SQLite when the catalog or the authorizer has changed.
const keptStatements = 8

// readURI opens for reading alone; the driver's own PRAGMAs come with it. A
// connection is used by one goroutine at a time, so SQLite need not lock each
// call.
func readURI(path string, busy time.Duration) string {
	return uri(path, fmt.Sprintf("mode=ro&_mutex=no&_query_only=1&_busy_timeout=%d&_stmt_cache_size=%d", busy.Milliseconds(), keptStatements))
}

// copyURI opens a private copy that nobody else knows: no locks, no side files.
func copyURI(path string) string { return uri(path, "mode=ro&immutable=1&_mutex=no&_query_only=1") }

// writeURI opens for a change. The driver would set synchronous to NORMAL;
// what we write is to be as durable as the application's own default.
func writeURI(path string, busy time.Duration) string {
	return uri(path, fmt.Sprintf("mode=rw&_synchronous=FULL&_busy_timeout=%d", busy.Milliseconds()))
}
