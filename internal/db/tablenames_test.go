package db

import (
	"fmt"
	"testing"
)

func TestATableIsShownWithItsSchemaWhereItsNameIsShared(t *testing.T) {
	s := &Schema{Tables: []*Table{{Schema: "public", Name: "orders"}, {Schema: "b", Name: "Orders"}, {Schema: "b", Name: "items"}, {Name: "x"}, {Name: "x"}}}
	var got []string
	for _, x := range s.Tables {
		got = append(got, x.Shown(s.SharedNames()))
	}
	if want := "[public.orders b.Orders items x x]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
