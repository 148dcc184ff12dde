package collectors

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mltop/internal/db"
)

// planning is an Observer whose catalog a test changes.
type planning struct {
	db.Observer
	version string
	plans   map[string]*db.Plan
	err     error
	asked   int
	refused map[string]int // by text: how often it met the lock
	locked  map[string]bool
	waiting []db.Session
}

func (p *planning) Sessions(context.Context) ([]db.Session, error) { return p.waiting, nil }

func (p *planning) SchemaVersion(context.Context) (string, error) { return p.version, p.err }

func (p *planning) Explain(_ context.Context, q db.Query) (*db.Plan, error) {
	if p.err != nil {
		return nil, p.err
	}
	if p.locked[q.SQL] {
		p.refused[q.SQL]++
		return nil, fmt.Errorf("explain: %w", db.ErrBusy)
	}
	p.asked++
	if plan := p.plans[q.SQL]; plan != nil {
		return plan, nil
	}
	return nil, errors.New("no such table")
}

func scanOf(table string) *db.Plan {
	return &db.Plan{Root: &db.Node{Op: db.OpQuery, Children: []*db.Node{{Op: db.OpScan, Table: table}, {Op: db.OpSort}}}}
}

func searchOf(table, index string) *db.Plan {
	return &db.Plan{Root: &db.Node{Op: db.OpQuery, Children: []*db.Node{{Op: db.OpSearch, Table: table, Index: index}}}}
}

func TestScansOfAnotherCatalogAreForgotten(t *testing.T) {
	o := &planning{version: "1", plans: map[string]*db.Plan{"q1": scanOf("items"), "q2": scanOf("other")}}
	list := []Planned{{"f1", "one", "q1"}, {"f2", "two", "q2"}}
	p := NewPlans(o, func() []Planned { return list })
	scans := func() map[string][]string {
		s, err := p.Collect(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return s[0].(*Plans).Scans
	}
	if got := scans(); len(got) != 2 {
		t.Fatalf("scans %v, want those of two statements", got)
	}
	list, o.version = list[:1], "2" // the second is not asked any more
	if got, want := scans(), map[string][]string{"f1": {"items"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("scans %v, want %v", got, want)
	}
}

// A statement that is not seen any more, as one that became too fast for the
// slow log, keeps no plan of the catalog before.
func TestAPlanOfAnotherCatalogIsGoneThoughNobodyAsksAnew(t *testing.T) {
	o := &planning{version: "1", plans: map[string]*db.Plan{"q": scanOf("items")}}
	list := []Planned{{"f", "one", "q"}}
	p := NewPlans(o, func() []Planned { return list })
	plans := func() *Plans {
		s, err := p.Collect(t.Context())
		if err != nil || len(s) != 1 {
			t.Fatalf("got %v, %v, want one section", s, err)
		}
		return s[0].(*Plans)
	}
	if got := plans(); got.Trees["f"] != o.plans["q"] {
		t.Errorf("got the plans %v, want that of the statement", got.Trees)
	}
	list, o.version = nil, "2"
	if got := plans(); len(got.Trees)+len(got.Scans) != 0 {
		t.Errorf("got %v and scans %v of another catalog, want none", got.Trees, got.Scans)
	}
	if s, err := p.Collect(t.Context()); s != nil || err != nil {
		t.Errorf("told twice: %v, %v", s, err)
	}
}

func TestAPlanThatChangesWithTheCatalogIsOneEvent(t *testing.T) {
	for _, c := range []struct {
		name, index, want string
		ours              bool
	}{
		{"somebody's index", "items_order", "items of an order: scan items, sort → search items by items_order (and 1 more)", false},
		{"our index", "mltop_items_order", "items of an order: scan items, sort → search items by mltop_items_order (and 1 more)", true},
	} {
		synctest.Test(t, func(t *testing.T) {
			o := &planning{version: "1", plans: map[string]*db.Plan{"q1": scanOf("items"), "q2": scanOf("items"), "q3": scanOf("other")}}
			list := []Planned{{"f1", "items of an order", "q1"}, {"f2", "two", "q2"}, {"f3", "three", "q3"}, {"f4", "cannot be planned", "q4"}}
			p := NewPlans(o, func() []Planned { return list })
			h := NewHistory(0)
			turn := func() []Section {
				time.Sleep(3 * time.Second)
				sections, err := p.Collect(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				h.Put(Sample{Time: time.Now(), Sections: sections})
				return sections
			}
			turn()
			if got := h.Latest().Plans.Scans["f1"]; !reflect.DeepEqual(got, []string{"items"}) {
				t.Errorf("%s: got scans %v", c.name, got)
			}
			if got := turn(); got != nil || o.asked != 4 {
				t.Errorf("%s: nothing changed, yet %v after %d plans", c.name, got, o.asked)
			}
			o.version, o.err = "2", db.ErrBusy
			turn()
			o.err = nil
			o.plans["q1"], o.plans["q2"] = searchOf("items", c.index), searchOf("items", c.index)
			turn()
			events := h.Latest().Events
			if len(events) != 1 || events[0].Kind != "plan" || events[0].Text != c.want || events[0].Ours != c.ours {
				t.Errorf("%s: got %+v, want %q", c.name, events, c.want)
			}
			if got := h.Latest().Plans.Scans["f1"]; got != nil {
				t.Errorf("%s: still scans %v", c.name, got)
			}
			if turn() != nil || len(h.Latest().Events) != 1 {
				t.Errorf("%s: told twice", c.name)
			}
		})
	}
}

// One change of the catalog turns plans by our index and others besides: ours
// are no news, and theirs are not called by our statement's name.
func TestPlansThatTurnBesidesOursAreAnEventOfTheirOwn(t *testing.T) {
	o := &planning{version: "1", plans: map[string]*db.Plan{"q1": scanOf("items"), "q2": searchOf("other", "a")}}
	p := NewPlans(o, func() []Planned { return []Planned{{"f1", "one", "q1"}, {"f2", "two", "q2"}} })
	if _, err := p.Collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.version, o.plans = "2", map[string]*db.Plan{"q1": searchOf("items", "mltop_items"), "q2": searchOf("other", "b")}
	sections, err := p.Collect(t.Context())
	if err != nil || len(sections) != 2 {
		t.Fatalf("got %v, %v", sections, err)
	}
	var got []string
	for _, e := range sections[1].(*Events).List {
		got = append(got, fmt.Sprintf("%v %s", e.Ours, strings.Split(e.Text, ":")[0]))
	}
	if want := []string{"true one", "false two"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPlansOfALockedFileAreOwed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &planning{version: "1", plans: map[string]*db.Plan{"q": scanOf("items")}}
		p := NewPlans(o, func() []Planned { return []Planned{{"f", "items", "q"}} })
		first, _ := p.Collect(context.Background())
		time.Sleep(3 * time.Second)
		o.version, o.locked, o.refused = "2", map[string]bool{"q": true}, map[string]int{}
		if got, err := p.Collect(context.Background()); len(got) != 1 || len(got[0].(*Plans).Trees) != 0 || err != nil || o.refused["q"] != 1 {
			t.Errorf("behind the lock: got %v, %v, refused %d times; want that the plan of then is not held to be that of now", got, err, o.refused["q"])
		}
		o.locked = nil
		time.Sleep(firstBackOff)
		o.plans["q"] = searchOf("items", "i")
		sections, err := p.Collect(context.Background())
		if len(first) != 1 || len(sections) != 2 || err != nil {
			t.Errorf("got %v, then %v, %v; want the plan and an event", first, sections, err)
		}
	})
}

func TestOnlyTheHeaviestStatementsArePlanned(t *testing.T) {
	o := &planning{plans: map[string]*db.Plan{}}
	var list []Planned
	for i := range 100 {
		list = append(list, Planned{fmt.Sprint("f", i), "", strings.Repeat("q", i+1)})
	}
	p := NewPlans(o, func() []Planned { return list })
	if _, err := p.Collect(context.Background()); err != nil || o.asked != plansKept {
		t.Errorf("got %d plans, %v; want %d", o.asked, err, plansKept)
	}
}

// The list of a minute's looks, one a second.
func lookForAMinute(t *testing.T, c Collector) {
	t.Helper()
	for range 60 {
		if _, err := c.Collect(context.Background()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
	}
}

func TestAStatementOfALockedTableIsLeftAloneMoreAndMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &planning{plans: map[string]*db.Plan{"free": scanOf("items")}, locked: map[string]bool{"locked": true}, refused: map[string]int{}}
		c := NewPlans(o, func() []Planned { return []Planned{{"f1", "", "locked"}, {"f2", "", "free"}} })
		lookForAMinute(t, c)
		if got := o.refused["locked"]; got != 4 { // at 0, 5, 15 and 35 s
			t.Errorf("it was asked for %d times in a minute behind the lock, want 4", got)
		}
		if o.asked != 1 {
			t.Errorf("the statement behind it was planned %d times, want once", o.asked)
		}
		o.locked = nil
		lookForAMinute(t, c)
		if o.asked != 2 {
			t.Errorf("%d plans after the lock is gone, want 2", o.asked)
		}
	})
}

func TestOnlyAFewLockedStatementsAreTriedInOneLook(t *testing.T) {
	o := &planning{locked: map[string]bool{}, refused: map[string]int{}}
	var list []Planned
	for i := range plansKept {
		q := fmt.Sprint("q", i)
		o.locked[q] = true
		list = append(list, Planned{q, "", q})
	}
	if _, err := NewPlans(o, func() []Planned { return list }).Collect(context.Background()); err != nil || len(o.refused) != lockedAtOnce {
		t.Errorf("got %d refusals, %v; want %d", len(o.refused), err, lockedAtOnce)
	}
}

func TestAStatementOfATableThatSessionsQueueForIsNotPlanned(t *testing.T) {
	const planned = "select * from shop.orders o where id = 1"
	for _, c := range []struct {
		name    string
		waiting db.Session
		want    int
	}{
		{"an ALTER waits for the table on MariaDB", db.Session{Locked: true, Waits: "Waiting for table metadata lock", Statement: "ALTER TABLE `orders` ADD x INT"}, 0},
		{"an UPDATE waits behind it on PostgreSQL", db.Session{Locked: true, Waits: "Lock: relation", Statement: `update "orders" set x = 1`}, 0},
		{"another table is queued for", db.Session{Locked: true, Waits: "Lock: relation", Statement: "truncate table items"}, 1},
		{"a wait for a row keeps nobody from planning", db.Session{Locked: true, Waits: "row lock", Statement: "update orders set x = 1"}, 1},
		{"its statement is not shown", db.Session{Locked: true, Waits: "Lock: relation"}, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			o := &planning{plans: map[string]*db.Plan{planned: scanOf("orders")}, waiting: []db.Session{c.waiting}}
			p := NewPlans(o, func() []Planned { return []Planned{{"f", "", planned}} })
			lookForAMinute(t, p)
			if o.asked != c.want {
				t.Errorf("%s: planned %d times, want %d", c.name, o.asked, c.want)
			}
			o.waiting = nil
			lookForAMinute(t, p)
			if o.asked != 1 {
				t.Errorf("%s: planned %d times when nobody waits any more, want once", c.name, o.asked)
			}
		})
	}
}
