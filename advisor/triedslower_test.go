package advisor

import (
	"context"
	"testing"

	"mltop/internal/db"
)

// misled is a lab whose planner does worse once it has statistics.
type misled struct{ *fakeLab }

func (l misled) Cost(ctx context.Context, q db.Query, c db.Config) (db.Estimate, error) {
	e, err := l.fakeLab.Cost(ctx, q, c)
	if c.Analyze {
		e.Value, e.Low, e.High = 10*e.Value, 10*e.Low, 10*e.High
	}
	return e, err
}

func (l misled) Plan(ctx context.Context, q db.Query, c db.Config) (*db.Plan, error) {
	p, err := l.fakeLab.Plan(ctx, q, c)
	if c.Analyze {
		p.Root.Children[0].Raw += " BY STATISTICS"
	}
	return p, err
}

// fileEngine is the fake as a file of SQLite, which gathers no statistics by
// itself.
type fileEngine struct {
	*fakeEngine
	lab db.Lab
}

func (f fileEngine) ID(ctx context.Context) (db.TargetID, error) {
	id, err := f.fakeEngine.ID(ctx)
	id.Engine = "sqlite"
	return id, err
}

func (f fileEngine) Lab(context.Context, db.LabOptions, func(db.Progress)) (db.Lab, error) {
	return f.lab, nil
}

func TestStatisticsThatMakeAStatementSlowerAreRememberedAsTried(t *testing.T) {
	for name, c := range map[string]struct {
		lab  func(*fakeLab) db.Lab
		want int
	}{
		"with them the plan is ten times slower":   {func(l *fakeLab) db.Lab { return misled{l} }, 1},
		"they change nothing, which is not slower": {func(l *fakeLab) db.Lab { return l }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			logs, rows := table("logs", "a", "b"), int64(5000)
			logs.Rows, logs.Indexes = &rows, []*db.Index{{Name: "have", Table: "logs", Columns: named([]string{"a"})}}
			e, w := world([]*db.Table{logs}, where("logs", "a="))
			e.schema.Version = "7"
			a := newAdvisor(t, fileEngine{e, c.lab(e.lab)}, Config{})
			advice, err := a.Advise(ctx, w, Seen{}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			tried, err := a.TriedSlower(ctx)
			if err != nil || len(tried.Declined) != c.want || tried.Catalog != "7" {
				t.Fatalf("kept %+v, %v; want %d declined of catalog 7 (advice %+v)", tried, err, c.want, advice)
			}
			for _, d := range tried.Declined {
				if d.Slower != KindAnalyze || d.What != "Gather statistics of logs" {
					t.Errorf("kept %+v, want the statistics of logs", d)
				}
			}
			t.Run("a run that could try nothing leaves it", func(t *testing.T) {
				if _, err := a.Advise(ctx, Workload{}, Seen{}, Options{}); err != nil {
					t.Fatal(err)
				}
				if tried, err := a.TriedSlower(ctx); err != nil || len(tried.Declined) != c.want {
					t.Errorf("kept %+v, %v; want %d declined", tried, err, c.want)
				}
			})
		})
	}
}
