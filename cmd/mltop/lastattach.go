package main

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

	"mltop/collectors"
	"mltop/internal/db"
)

// lastAttach adds to the collector of a server what changed since mltop was
// last attached to it: settings, tables and indexes, version, restarts. It
// keeps one small file for each database and account in the state folder: what
// another account could not see was not created meanwhile. Only somebody who
// watches moves it on: a verb that runs every minute would leave nothing to
// tell.
type lastAttach struct {
	collectors.Collector
	watched  bool
	id       func(context.Context) (db.TargetID, error)
	account  func(context.Context) (string, error)
	dir      string
	path     string
	schema   *db.Schema // as it was written down
	settings *db.Setting
}

// Collect answers the sections, and once the changes.
func (c *lastAttach) Collect(ctx context.Context) ([]collectors.Section, error) {
	sections, err := c.Collector.Collect(ctx)
	for _, s := range sections {
		d, ok := s.(*collectors.Database)
		if !ok {
			continue
		}
		if c.written(d) { // at most ticks; what Attach tells is dear to gather
			continue
		}
		now, known := d.Attach()
		if !known {
			continue
		}
		events, failed := c.compare(ctx, now)
		if failed != nil {
			d.Missing["changes"] = failed.Error() // nothing else depends on it
		}
		if len(events) > 0 {
			sections = append(sections, &collectors.Events{At: d.At, List: events})
		}
		c.schema, c.settings = d.Schema, firstOf(d.Settings)
	}
	return sections, err
}

// written reports that the file is of this catalog and these settings.
func (c *lastAttach) written(d *collectors.Database) bool {
	return c.schema == d.Schema && c.settings == firstOf(d.Settings)
}

func firstOf(list []db.Setting) *db.Setting {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

// compare reads what was written down, the first time, and writes down what is
// now, if that is seen by somebody or there is nothing yet to compare with.
func (c *lastAttach) compare(ctx context.Context, now collectors.Attached) (events []collectors.Event, err error) {
	if c.path == "" {
		if c.path, err = c.file(ctx); err != nil {
			return nil, err
		}
		before, found, err := readAttached(c.path)
		if err != nil {
			return nil, err
		}
		if found {
			events = now.Since(before)
		}
		if found && !c.watched {
			return events, nil
		}
	} else if !c.watched {
		return nil, nil
	}
	return events, writeAttached(c.path, now)
}

// file is where this account's last look at the database is written down.
func (c *lastAttach) file(ctx context.Context) (string, error) {
	id, err := c.id(ctx)
	if err != nil {
		return "", err
	}
	account, err := c.account(ctx)
	if err != nil {
		return "", err
	}
	return filepath.Join(attachedFolder(c.dir, id), shortSum(account)+".json"), nil
}

// attachedFolder has the files of a database, one for each account.
func attachedFolder(dir string, id db.TargetID) string {
	return filepath.Join(dir, "attached", shortSum(id.String()))
}

// shortSum makes a file's name of any text.
func shortSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// forgetAttached removes what was written down of the target.
func (a *app) forgetAttached(ctx context.Context) error {
	id, err := a.engine.ID(ctx)
	if err == nil {
		err = os.RemoveAll(attachedFolder(a.o.paths.State, id))
	}
	return err
}

func readAttached(path string) (a collectors.Attached, found bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return a, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	if err != nil {
		return a, false, fmt.Errorf("read what the last attach saw: %w", err)
	}
	return a, true, nil
}

// writeAttached writes beside and renames: a file that was cut short would be
// taken for a change of everything.
func writeAttached(path string, a collectors.Attached) error {
	text, err := json.Marshal(a)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.WriteFile(path+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("write down what this attach sees: %w", err)
	}
	return nil
}
