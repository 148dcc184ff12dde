package ui

import (
	"testing"

	"mltop/collectors"
	"mltop/internal/db"
)

func TestTheTablesListTellsTablesOfOneNameApart(t *testing.T) {
	s := &State{}
	s.Snap.Database = &collectors.Database{Schema: &db.Schema{Tables: []*db.Table{
		{Schema: "public", Name: "orders"}, {Schema: "tenant_b", Name: "orders"}, {Schema: "tenant_b", Name: "items"},
	}}}
	rows := s.tableRows()
	for i, want := range []string{"public.orders", "tenant_b.orders", "items"} {
		if len(rows) != 3 || rows[i].id != want || rows[i].cells[0].text != want {
			t.Errorf("row %d of %+v, want %s", i, rows, want)
		}
	}
}
