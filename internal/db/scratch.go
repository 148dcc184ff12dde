package db

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"mltop/internal/pattern"
)

// ScratchPrefix begins the name of every scratch schema: our mark, then the
// second it was made in, then something that no other has.
const ScratchPrefix = "mltop_scratch_"

var scratchName = pattern.Late(`^` + ScratchPrefix + `[0-9]{10}_[0-9a-f]{8}$`)

// NewScratchName names a scratch schema.
func NewScratchName() (string, error) {
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("name a scratch schema: %w", err)
	}
	return fmt.Sprintf("%s%010d_%s", ScratchPrefix, time.Now().Unix(), hex.EncodeToString(b[:])), nil
}

// IsScratchName reports whether a schema is named as ours are.
func IsScratchName(name string) bool { return scratchName().MatchString(name) }

// A ScratchSweeper is an engine whose Labs keep samples in the server. A Lab
// drops its own; what a killed process left is dropped by SweepScratch, which
// never touches one that is in use. It answers the names.
type ScratchSweeper interface {
	SweepScratch(ctx context.Context) ([]string, error)
	// LeftScratch only looks, and answers the statements that would drop what
	// is left: dropping takes a right that is given by --allow-scratch alone.
	LeftScratch(ctx context.Context) ([]string, error)
}

// LeftText says that a killed mltop left a sample, of which drop is the end.
func LeftText(drop string) string {
	return "a killed mltop left a copy of rows here. It is dropped by: " + drop + "; or by the next start with --allow-scratch"
}

// SameRows reports whether two answers hold the same rows: in order where both
// are ordered, else as a bag.
func SameRows(a, b []string, orderedA, orderedB bool) bool {
	if orderedA != orderedB || len(a) != len(b) {
		return false
	}
	if !orderedA {
		a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	}
	return slices.Equal(a, b)
}

// Ordered reports whether a statement asks for an order of its rows.
func (s *Shape) Ordered() bool {
	return len(s.Blocks) > 0 && (s.Blocks[0].OrderOther || len(s.Blocks[0].OrderBy) > 0)
}

// Tables names the tables that a statement reads or writes; one may come
// twice.
func (s *Shape) Tables() []string {
	var names []string
	for _, b := range s.Blocks {
		for _, r := range b.Relations {
			if r.Table != "" {
				names = append(names, r.Table)
			}
		}
	}
	for _, w := range s.Writes {
		names = append(names, w.Table)
	}
	return names
}
