package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"mltop/internal/db"
)

// A Problem says what is wrong with a file.
type Problem string

// The problems that have a name.
const (
	ProblemMissing     Problem = "missing"
	ProblemReplaced    Problem = "replaced"
	ProblemDirectory   Problem = "a directory"
	ProblemSpecial     Problem = "not a regular file"
	ProblemEmpty       Problem = "empty"
	ProblemNotDatabase Problem = "not a database"
	ProblemNewer       Problem = "newer format"
	ProblemTruncated   Problem = "truncated"
	ProblemCorrupt     Problem = "damaged"
	ProblemLocked      Problem = "locked"
	ProblemHotJournal  Problem = "hot journal"
	ProblemPermission  Problem = "no permission"
	ProblemFull        Problem = "disk full"
	ProblemBigCopy     Problem = "unheld WAL file"
	ProblemUnknown     Problem = "unreadable"
)

// A FileError says what is wrong with which file, and what to do about it.
type FileError struct {
	Problem Problem
	Path    string
	What    string
	Do      string // in the imperative; "" when there is nothing to do but wait
	Err     error
}

func (e *FileError) Error() string {
	s := fmt.Sprintf("%s: %s", e.Path, e.What)
	if e.Do != "" {
		s += ": " + e.Do
	}
	return s
}

func (e *FileError) Unwrap() error { return e.Err }

// Is makes the shared errors of package db recognisable.
func (e *FileError) Is(target error) bool {
	switch target {
	case db.ErrBusy:
		return e.Problem == ProblemLocked
	case db.ErrGone:
		return e.Problem == ProblemMissing
	case db.ErrReplaced:
		return e.Problem == ProblemReplaced
	}
	return false
}

func problemOfStat(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &FileError{ProblemMissing, path, "there is no such file", "check the path, or start the application that creates it", err}
	case errors.Is(err, fs.ErrPermission):
		return &FileError{ProblemPermission, path, "no permission to look into its folder", "run mltop as the user that runs the application", err}
	}
	return &FileError{ProblemUnknown, path, "cannot be looked at: " + err.Error(), "", err}
}

func problemOfMode(path string, info os.FileInfo) error {
	switch {
	case info.IsDir():
		return &FileError{ProblemDirectory, path, "is a directory, not a database file", "name the file in it", nil}
	case !info.Mode().IsRegular():
		return &FileError{ProblemSpecial, path, "is not a regular file (" + info.Mode().Type().String() + ")", "name a database file", nil}
	case info.Size() == 0:
		return &FileError{ProblemEmpty, path, "is empty (0 bytes): nothing was ever written to it", "start the application that fills it", nil}
	}
	return nil
}

// The result codes that are told apart, from SQLite's documentation.
const (
	codePerm             = 3
	codeAbort            = 4
	codeBusy             = 5
	codeLocked           = 6
	codeReadonly         = 8
	codeInterrupt        = 9
	codeIOErr            = 10
	codeCorrupt          = 11
	codeFull             = 13
	codeCantOpen         = 14
	codeProtocol         = 15
	codeSchema           = 17
	codeAuth             = 23
	codeNotADB           = 26
	codeReadonlyRollback = codeReadonly | 3<<8
)

// explainError turns SQLite's error at a file into one that says what, where
// and what to do. Errors that are not about the file pass through.
func explainError(s fileState, h *header, err error) error {
	var known *FileError
	if err == nil || errors.As(err, &known) {
		return err
	}
	code := resultCode(err)
	if code == codeReadonlyRollback {
		return &FileError{ProblemHotJournal, s.path, "has a hot journal: an application crashed in the middle of a write",
			"start the application again, which rolls it back; mltop does not write to it", err}
	}
	switch code & 0xff {
	case codeBusy, codeLocked, codeProtocol:
		return &FileError{ProblemLocked, s.path, "is locked by another process", "", err}
	case codeNotADB:
		return notADatabase(s, h, err)
	case codeCorrupt:
		return damaged(s, h, err)
	case codeCantOpen, codePerm, codeReadonly:
		return denied(s, err)
	case codeFull:
		return &FileError{ProblemFull, s.path, "the disk is full", "make room on its file system", err}
	case codeIOErr:
		return &FileError{ProblemUnknown, s.path, "cannot be read: " + err.Error(), "check the disk and the kernel's log", err}
	}
	return err
}

func notADatabase(s fileState, h *header, err error) error {
	e := &FileError{ProblemNotDatabase, s.path, "is not a SQLite database", "name the database's own file", err}
	switch {
	case h == nil:
		e.What = "is not a SQLite database, or it is encrypted"
	case h.magic && max(h.readVersion, h.writeVersion) > 2:
		e.Problem, e.What = ProblemNewer, fmt.Sprintf("has a newer format (%d) than SQLite %s knows", max(h.readVersion, h.writeVersion), libraryVersion())
		e.Do = "update mltop"
	case h.magic:
		e.What = "has SQLite's first words, but a header that makes no sense"
		e.Do = "restore it from a backup"
	case h.looksEncrypted(s.size):
		e.What = "is not a readable SQLite database: its first bytes look encrypted"
		e.Do = "mltop has no key and cannot read encrypted files"
	}
	return e
}

func damaged(s fileState, h *header, err error) error {
	if want, cut := h.truncated(s.size); cut {
		return &FileError{ProblemTruncated, s.path, fmt.Sprintf("is truncated: its header says %d bytes, the file has %d", want, s.size),
			"copy it again, or restore it from a backup", err}
	}
	return &FileError{ProblemCorrupt, s.path, "is damaged: " + err.Error(), "check it with PRAGMA integrity_check, or restore it from a backup", err}
}

func denied(s fileState, err error) error {
	return &FileError{ProblemPermission, s.path, deniedWhat(s), "run mltop as the user that runs the application", err}
}

func deniedWhat(s fileState) string {
	folder := s.path[:strings.LastIndexByte(s.path, '/')+1]
	switch {
	case !readable(s.path):
		return "no permission to read it"
	case s.shm != nil && !readable(s.path+"-shm"):
		return "no permission to read its -shm file, which a reader of a database in WAL mode needs"
	case s.wal != nil && !readable(s.path+"-wal"):
		return "no permission to read its -wal file"
	case s.shm != nil && !writable(s.path+"-shm"):
		return "no permission to write its -shm file, which a reader of a database in WAL mode needs"
	case !writable(folder):
		return "no permission to make its -shm file in " + folder
	}
	return "cannot be opened"
}
