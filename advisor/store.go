package advisor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mltop/internal/db"
)

// A store is one target's folder below the state folder. Whoever changes a
// file in it holds the folder's lock; reading needs none, since every file is
// replaced as a whole.
type store struct {
	dir    string
	target db.TargetID
	now    func() time.Time
	fault  func(string)
}

// journalVersion rises when an older mltop could misread the file.
const journalVersion = 1

// journalFile is the journal on disk.
type journalFile struct {
	Version int         `json:"version"`
	Target  db.TargetID `json:"target"`
	Next    int         `json:"next"` // number of the next entry
	Entries []Entry     `json:"entries"`
}

// ErrNewerJournal means that a newer mltop wrote the journal: it is not
// touched.
var ErrNewerJournal = errors.New("the journal was written by a newer mltop")

func (a *Advisor) store(ctx context.Context) (store, error) {
	id, err := a.id(ctx)
	if err != nil {
		return store{}, fmt.Errorf("identify the database: %w", err)
	}
	return store{
		dir:    filepath.Join(a.config.StateDir, "targets", digest(16, id.String())),
		target: id,
		now:    a.config.Now,
		fault:  a.config.Fault,
	}, nil
}

// digest is n hexadecimal digits over all parts.
func digest(n int, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:n]
}

func (s store) path(name string) string { return filepath.Join(s.dir, name) }

// loadJournal reads the journal. One that cannot be read is left where it is,
// with an error; keepAside moves it away.
func (s store) loadJournal() (journalFile, error) {
	empty := journalFile{Version: journalVersion, Target: s.target, Next: 1}
	data, err := os.ReadFile(s.path("journal.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return empty, nil
	}
	if err != nil {
		return empty, fmt.Errorf("read the journal: %w", err)
	}
	var j journalFile
	if err := json.Unmarshal(data, &j); err != nil {
		return empty, corruptJournal{err}
	}
	if j.Version > journalVersion {
		return empty, fmt.Errorf("%w (version %d, this one knows %d)", ErrNewerJournal, j.Version, journalVersion)
	}
	if j.Version < 1 || j.Target != s.target {
		return empty, corruptJournal{errors.New("it names another target or no version")}
	}
	return j, nil
}

// A corruptJournal error says why the journal makes no sense.
type corruptJournal struct{ err error }

func (e corruptJournal) Error() string { return "the journal cannot be understood: " + e.err.Error() }

// keepAside moves a journal that makes no sense out of the way and says so.
func (s store) keepAside(cause error) (string, error) {
	aside := s.path("journal.json.unreadable-" + s.now().UTC().Format("20060102T150405"))
	if err := os.Rename(s.path("journal.json"), aside); err != nil {
		return "", fmt.Errorf("keep the unreadable journal aside: %w", err)
	}
	return fmt.Sprintf("%v; it is kept as %s and a new one begins", cause, aside), nil
}

func (s store) saveJournal(j journalFile, point string) error {
	data, err := json.MarshalIndent(j, "", "\t")
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	if err := s.replace("journal.json", data, point); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// adviceFile is the last run's advice, for an apply by another process.
type adviceFile struct {
	Version         int              `json:"version"`
	At              time.Time        `json:"at"`
	Catalog         string           `json:"catalog"`              // "": not known
	Workload        string           `json:"workload"`             // its digest
	Statements      []string         `json:"statements,omitempty"` // their fingerprints
	Budget          int64            `json:"budget"`
	Partial         bool             `json:"partial"`
	Recommendations []Recommendation `json:"recommendations"`
	// Texts are those statements that it is about, without constants, by fingerprint.
	Texts map[string]string `json:"texts,omitempty"`
	// Slower is what the run tried and declined for it.
	Slower []Declined `json:"slower,omitempty"`
	// Beside is what else was advised and may still be applied by its ID: of a
	// single statement, or by a search that the run could not repeat.
	Beside []Recommendation `json:"beside,omitempty"`
}

func (s store) loadAdvice() (adviceFile, error) {
	var f adviceFile
	err := s.loadJSON("advice.json", &f)
	if err != nil || f.Version != journalVersion {
		return adviceFile{}, err
	}
	return f, nil
}

func (s store) saveAdvice(f adviceFile) error {
	f.Version = journalVersion
	return s.saveJSON("advice.json", f)
}

// A Dismissal is advice that the user does not want, and why.
type Dismissal struct {
	ID    string    `json:"id"`
	Title string    `json:"title"`
	Why   string    `json:"why"`
	At    time.Time `json:"at"`
}

func (s store) loadDismissals() (map[string]Dismissal, error) {
	list := map[string]Dismissal{}
	err := s.loadJSON("dismissed.json", &list)
	return list, err
}

func (s store) saveDismissals(list map[string]Dismissal) error {
	return s.saveJSON("dismissed.json", list)
}

// loadJSON reads a file into v, and leaves v as it is when there is none.
func (s store) loadJSON(name string, v any) error {
	data, err := os.ReadFile(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", s.path(name), err)
	}
	return nil
}

func (s store) saveJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "\t")
	if err == nil {
		err = s.replace(name, data, name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", s.path(name), err)
	}
	return nil
}
