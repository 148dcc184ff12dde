package collectors

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// fake is a collector whose every call is a function.
type fake struct {
	name string
	runs int
	f    func(ctx context.Context, run int) ([]Section, error)
}

func (c *fake) Name() string { return c.name }

func (c *fake) Collect(ctx context.Context) ([]Section, error) {
	c.runs++
	return c.f(ctx, c.runs)
}

func steady(name string) *fake {
	return &fake{name: name, f: func(context.Context, int) ([]Section, error) {
		return []Section{&System{At: time.Now(), Host: name}}, nil
	}}
}

func every(d time.Duration, c Collector) Scheduled {
	return Scheduled{Collector: c, Interval: d, Timeout: 2 * time.Second}
}

// runFor runs a sampler in fake time and answers what it sent.
func runFor(d, tick time.Duration, s *Sampler) (got []Sample) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	s.Run(ctx, tick, func(x Sample) { got = append(got, x) })
	return got
}

func TestSamplerSendsWhatIsFinishedEveryTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quick, slow := steady("quick"), steady("slow")
		got := runFor(10*time.Second-time.Millisecond, time.Second, NewSampler([]Scheduled{every(time.Second, quick), every(5*time.Second, slow)}, nil))
		if len(got) != 10 || quick.runs != 10 || slow.runs != 2 {
			t.Fatalf("got %d samples, %d quick and %d slow runs; want 10, 10 and 2", len(got), quick.runs, slow.runs)
		}
		if n := len(got[0].Sections); n != 2 {
			t.Errorf("the first sample has %d sections, want both at once", n)
		}
	})
}

func TestAFirstAnswerIsNotKeptForATick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &fake{name: "slow", f: func(context.Context, int) ([]Section, error) {
			time.Sleep(2 * settle)
			return []Section{&System{At: time.Now(), Host: "slow"}}, nil
		}}
		began := time.Now()
		var at []time.Duration
		var hosts []int
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		NewSampler([]Scheduled{every(time.Minute, steady("quick")), every(time.Minute, slow)}, nil).Run(ctx, time.Minute, func(s Sample) {
			at, hosts = append(at, time.Since(began)), append(hosts, len(s.Sections))
		})
		if len(at) < 3 || at[0] != settle || at[1] != 2*settle || hosts[0] != 1 || hosts[1] != 1 {
			t.Fatalf("got samples after %v with %v sections, want one after %v and the slow collector's after %v", at, hosts, settle, 2*settle)
		}
		if at[2] != time.Minute+settle { // a later answer waits for its tick
			t.Errorf("got the third sample after %v, want it with the next tick, after %v", at[2], time.Minute+settle)
		}
	})
}

func TestACollectorThatHangsForeverCostsOnlyItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		deaf := &fake{name: "deaf", f: func(context.Context, int) ([]Section, error) { <-release; return nil, nil }}
		began := time.Now()
		got := runFor(9500*time.Millisecond, time.Second, NewSampler([]Scheduled{every(time.Second, deaf), every(time.Second, steady("quick"))}, nil))
		last := got[len(got)-1]
		if len(got) != 10 || len(last.Sections) != 1 {
			t.Errorf("got %d samples, the last with %d sections; want 10 and 1", len(got), len(last.Sections))
		}
		if want := "busy, no answer since " + clock(began); last.Errors["deaf"] != want {
			t.Errorf("got error %q, want %q", last.Errors["deaf"], want)
		}
		if d := time.Since(began); d > 11*time.Second {
			t.Errorf("Run came back after %s: it waited for a collector that never ends", d)
		}
		close(release)
		synctest.Wait()
		if deaf.runs != 1 {
			t.Errorf("a collector that is still busy was started %d times", deaf.runs)
		}
	})
}

func TestTroubleOfOneCollectorIsNamedAndEnds(t *testing.T) {
	cases := map[string]struct {
		f    func(ctx context.Context, run int) ([]Section, error)
		want string
	}{
		"one that fails": {func(_ context.Context, run int) ([]Section, error) {
			return nil, errors.New("permission denied")
		}, "permission denied"},
		"one that panics": {func(context.Context, int) ([]Section, error) { panic("index out of range") }, "collector panicked: index out of range"},
		"one that outlasts its timeout": {func(ctx context.Context, _ int) ([]Section, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, "no answer within 2s"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bad := &fake{name: "bad", f: func(ctx context.Context, run int) ([]Section, error) {
					if run > 2 {
						return []Section{&Links{At: time.Now()}}, nil
					}
					return c.f(ctx, run)
				}}
				got := runFor(20*time.Second, time.Second, NewSampler([]Scheduled{every(time.Second, bad), every(time.Second, steady("good"))}, nil))
				if !sampleSays(got, "bad", c.want+" (since ") {
					t.Errorf("no sample said %q with since when", c.want)
				}
				last := got[len(got)-1]
				if len(last.Errors) != 0 || len(last.Sections) != 2 {
					t.Errorf("after it recovered: errors %v and %d sections, want none and 2", last.Errors, len(last.Sections))
				}
			})
		})
	}
}

func sampleSays(got []Sample, name, text string) bool {
	for _, s := range got {
		if strings.Contains(s.Errors[name], text) {
			return true
		}
	}
	return false
}

func TestSinceWhenStaysWhileACollectorKeepsFailing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := &fake{name: "bad", f: func(context.Context, int) ([]Section, error) { return nil, errors.New("refused") }}
		began := time.Now()
		got := runFor(5*time.Second, time.Second, NewSampler([]Scheduled{every(time.Second, bad)}, nil))
		for i, s := range got {
			if want := "refused (since " + clock(began) + ")"; s.Errors["bad"] != want {
				t.Errorf("sample %d: got %q, want %q", i, s.Errors["bad"], want)
			}
		}
	})
}

func TestSectionsBesideAnErrorAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		half := &fake{name: "half", f: func(context.Context, int) ([]Section, error) {
			return []Section{&System{At: time.Now()}, nil}, errors.New("no disks")
		}}
		s := NewSampler([]Scheduled{every(time.Second, half)}, func() Self { return Self{RSSBytes: 7} }).Once(context.Background())
		if len(s.Sections) != 1 || !strings.Contains(s.Errors["half"], "no disks") || s.Self.RSSBytes != 7 {
			t.Errorf("got %d sections, errors %v, self %v; want the one section, the error and our own cost", len(s.Sections), s.Errors, s.Self)
		}
	})
}

func TestANewTickTakesAlongTheCollectorsThatFollowIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quick, schema := steady("quick"), steady("schema")
		s := NewSampler([]Scheduled{every(time.Second, quick), every(time.Minute, schema)}, nil)
		s.SetTick(5 * time.Second)
		got := runFor(60*time.Second-time.Millisecond, time.Second, s)
		if len(got) < 12 || len(got) > 13 || quick.runs < 12 || quick.runs > 13 || schema.runs != 1 {
			t.Errorf("got %d samples, %d quick and %d schema runs; want 12, 12 and 1", len(got), quick.runs, schema.runs)
		}
	})
}

func TestRefreshRunsEveryIdleCollectorAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		schema := steady("schema")
		s := NewSampler([]Scheduled{every(time.Minute, schema)}, nil)
		time.AfterFunc(2500*time.Millisecond, s.Refresh)
		got := runFor(2900*time.Millisecond, time.Second, s)
		if schema.runs != 2 || len(got[len(got)-1].Sections) != 1 {
			t.Errorf("got %d runs and %d sections in the last sample, want a second run at once", schema.runs, len(got[len(got)-1].Sections))
		}
	})
}

func TestOnceGivesUpOnAHungCollectorAfterItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		deaf := &fake{name: "deaf", f: func(context.Context, int) ([]Section, error) { <-release; return nil, nil }}
		began := time.Now()
		s := NewSampler([]Scheduled{every(time.Second, deaf), every(time.Minute, steady("good"))}, nil).Once(context.Background())
		if d := time.Since(began); d > 3*time.Second || len(s.Sections) != 1 || s.Errors["deaf"] == "" {
			t.Errorf("after %s: %d sections, errors %v; want the good section and a word on the other within 3 s", d, len(s.Sections), s.Errors)
		}
		close(release)
	})
}

func TestNoGoroutineOutlivesRunWhenCollectorsHeedTheirContext(t *testing.T) {
	defer goleak.VerifyNone(t)
	patient := &fake{name: "patient", f: func(ctx context.Context, _ int) ([]Section, error) { <-ctx.Done(); return nil, ctx.Err() }}
	ctx, cancel := context.WithCancel(context.Background())
	NewSampler([]Scheduled{every(time.Millisecond, patient), every(time.Millisecond, steady("quick"))}, nil).
		Run(ctx, time.Millisecond, func(Sample) { cancel() })
}
