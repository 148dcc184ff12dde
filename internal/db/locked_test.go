package db

import "testing"

func TestALockOfAPartitionIsOneOfItsWholeTree(t *testing.T) {
	const says = "y25 is locked by pid 7"
	for _, row := range []struct {
		name, locked string
		want         map[string]string
	}{
		{"of a partition: all above it", "y25", map[string]string{"sales": says, "y25": says}},
		{"of the whole: all below it", "sales", map[string]string{"sales": says, "y24": says, "y25": says, "y25_q1": says}},
	} {
		s := &Schema{Tables: []*Table{
			{Schema: "s", Name: "sales", Unsupported: Partitioned}, {Schema: "s", Name: "other"},
			{Schema: "s", Name: "y24", PartitionOf: "sales", PartitionIn: "s"}, {Schema: "s", Name: "y25", PartitionOf: "sales", PartitionIn: "s", Unsupported: Partitioned},
			{Schema: "s", Name: "y25_q1", PartitionOf: "y25", PartitionIn: "s"},
		}}
		if row.locked == "y25" {
			row.want["y25_q1"] = says
		}
		s.Table(row.locked).Locked = says
		s.LockTrees()
		for _, table := range s.Tables {
			if table.Locked != row.want[table.Name] {
				t.Errorf("%s: %s: got %q, want %q", row.name, table.Name, table.Locked, row.want[table.Name])
			}
		}
		if open := s.Unlocked(); len(open.Tables)+len(s.LockedTables()) != len(s.Tables) || open.Table(row.locked) != nil || open.Table("other") == nil {
			t.Errorf("%s: unlocked are %v", row.name, open.Tables)
		}
	}
}
