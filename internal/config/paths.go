package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// Paths says where configuration and state lie, and whose they are.
type Paths struct {
	File     string // of the configuration
	State    string // folder of the journal
	uid, gid int    // owner of what is made; -1: whoever runs
}

// FindPaths follows the XDG base directories. Under sudo, files belong to the
// user who typed the command, in that user's home.
func FindPaths(getenv func(string) string) (Paths, error) {
	home, uid, gid, err := owner(getenv)
	if err != nil {
		return Paths{}, err
	}
	return Paths{
		File:  filepath.Join(base(getenv("XDG_CONFIG_HOME"), home, ".config"), "mltop", "config.yaml"),
		State: filepath.Join(base(getenv("XDG_STATE_HOME"), home, ".local/state"), "mltop"),
		uid:   uid, gid: gid,
	}, nil
}

// base heeds only absolute paths, as the XDG specification wants.
func base(set, home, fallback string) string {
	if filepath.IsAbs(set) {
		return set
	}
	return filepath.Join(home, fallback)
}

func owner(getenv func(string) string) (home string, uid, gid int, err error) {
	if os.Geteuid() == 0 && getenv("SUDO_USER") != "" {
		u, err := user.Lookup(getenv("SUDO_USER"))
		if err == nil {
			uid, err1 := strconv.Atoi(u.Uid)
			gid, err2 := strconv.Atoi(u.Gid)
			if err1 == nil && err2 == nil {
				return u.HomeDir, uid, gid, nil
			}
		}
	}
	if home = getenv("HOME"); home != "" {
		return home, -1, -1, nil
	}
	u, err := user.Current()
	if err != nil {
		return "", 0, 0, fmt.Errorf("find the home folder: %w", err)
	}
	return u.HomeDir, -1, -1, nil
}

// MakeState makes the state folder for its owner alone.
func (p Paths) MakeState() error {
	made := firstMissing(p.State)
	if err := os.MkdirAll(p.State, 0o700); err != nil {
		return fmt.Errorf("make the state folder: %w", err)
	}
	if err := os.Chmod(p.State, 0o700); err != nil {
		return fmt.Errorf("close the state folder to others: %w", err)
	}
	return p.give(made)
}

// Settle gives everything in the state folder to its owner: a run under sudo
// leaves nothing behind that its user cannot read or remove.
func (p Paths) Settle() error { return p.give(p.State) }

func (p Paths) give(root string) error {
	if p.uid < 0 || root == "" {
		return nil
	}
	return filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("walk the state folder: %w", err)
		}
		return os.Lchown(path, p.uid, p.gid)
	})
}

// firstMissing is the highest folder on the way to path that does not exist.
func firstMissing(path string) string {
	missing := ""
	for {
		if _, err := os.Lstat(path); err == nil || path == filepath.Dir(path) {
			return missing
		}
		missing, path = path, filepath.Dir(path)
	}
}
