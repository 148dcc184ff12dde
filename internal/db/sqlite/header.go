package sqlite

import (
	"encoding/binary"
	"strings"
)

// A header is what the first 100 bytes of a database file say; the format is
// that of SQLite's "Database File Format", section 1.3.
type header struct {
	magic                     bool // it begins as a database does
	writeVersion, readVersion int  // 1 rollback journal, 2 WAL; more is unknown to us
	pageSize                  int64
	change                    uint32 // rises by one with each write transaction of a rollback journal
	pages                     int64  // 0: not kept (its last writer was older than 3.7)
	first                     []byte
}

const headerSize = 100

func parseHeader(b []byte) *header {
	h := &header{first: b[:min(len(b), 64)]}
	if len(b) < headerSize || !strings.HasPrefix(string(b), "SQLite format 3\x00") {
		return h
	}
	h.magic = true
	h.writeVersion, h.readVersion = int(b[18]), int(b[19])
	h.pageSize = int64(binary.BigEndian.Uint16(b[16:]))
	if h.pageSize == 1 { // 65536 does not fit into two bytes
		h.pageSize = 65536
	}
	h.change = binary.BigEndian.Uint32(b[24:])
	if binary.BigEndian.Uint32(b[92:]) == h.change { // the count below is of this version
		h.pages = int64(binary.BigEndian.Uint32(b[28:]))
	}
	return h
}

// wal reports whether the file is in WAL mode.
func (h *header) wal() bool { return h != nil && h.readVersion == 2 }

// truncated reports whether the file is shorter than its header says, and how
// long it should be.
func (h *header) truncated(size int64) (int64, bool) {
	if h == nil || !h.magic {
		return 0, false
	}
	want := h.pages * h.pageSize
	return want, want > size
}

// looksEncrypted guesses: encrypted databases are whole pages of noise, so
// their first 64 bytes are neither text nor mostly zero.
func (h *header) looksEncrypted(size int64) bool {
	if size%512 != 0 || len(h.first) < 64 {
		return false
	}
	high, zero := 0, 0
	for _, c := range h.first {
		if c >= 0x80 {
			high++
		}
		if c == 0 {
			zero++
		}
	}
	return high >= 16 && zero <= 4
}

// A walIndex is the head of a -shm file; the format is that of SQLite's
// "WAL-mode File Format", section 2.1.
type walIndex struct {
	change uint32 // rises by one with each write transaction
	frames uint32 // in the WAL
}

const walIndexSize = 96 // two copies of 48 bytes

// parseWALIndex answers false for an index that is being written: its two
// copies differ then.
func parseWALIndex(b []byte) (walIndex, bool) {
	if len(b) < walIndexSize || string(b[:48]) != string(b[48:96]) || b[12] == 0 {
		return walIndex{}, false
	}
	return walIndex{change: binary.NativeEndian.Uint32(b[8:]), frames: binary.NativeEndian.Uint32(b[16:])}, true
}
