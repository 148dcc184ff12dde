package db

import "slices"

// A LockedError says of a table, or of what needs it, that somebody keeps
// everybody out of it now.
type LockedError struct{ Text string }

func (e LockedError) Error() string { return e.Text }

// Is makes it known as a lock.
func (LockedError) Is(target error) bool { return target == ErrBusy }

// LockedTables are those that nobody can look into now.
func (s *Schema) LockedTables() []*Table {
	return slices.DeleteFunc(slices.Clone(s.Tables), func(t *Table) bool { return t.Locked == "" })
}

// UnseenTables are those of which next to nothing is known: see Table.Unseen.
func (s *Schema) UnseenTables() []*Table {
	if s == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Tables), func(t *Table) bool { return !t.Unseen })
}

// Unlocked is the schema without them: of what is left all is known.
func (s *Schema) Unlocked() *Schema {
	open := *s
	open.Tables = slices.DeleteFunc(slices.Clone(s.Tables), func(t *Table) bool { return t.Locked != "" })
	return &open
}

// LockTrees hands a lock of a partition on to those that it is a part of, and
// of a partitioned table to its partitions: who plans one locks the other.
func (s *Schema) LockTrees() {
	for _, t := range s.LockedTables() {
		for up := s.parentOf(t); up != nil; up = s.parentOf(up) {
			up.lockedWith(t)
		}
		s.lockBelow(t)
	}
}

func (s *Schema) lockBelow(t *Table) {
	for _, p := range s.PartitionsOf(t) {
		p.lockedWith(t)
		s.lockBelow(p)
	}
}

func (t *Table) lockedWith(other *Table) {
	if t.Locked == "" {
		t.Locked = other.Locked
	}
}
