package haproxy

import (
	"context"
	"errors"
	"fmt"
)

// A Keeper keeps the servers of one HAProxy as they are decided, and knows
// how they were before. It is used by one goroutine.
type Keeper struct {
	Socket  Socket
	Backend string // "": all

	pid    int
	first  map[Key]Setting // before mltop set anything
	pushed map[Key]Setting // what it set last
	wrong  map[Key]string  // why the last order was not done
	static map[string]bool // backends that take no weights
	Orders uint64          // done so far
	Drifts uint64          // settings that somebody else had changed
}

// NewKeeper has set nothing so far.
func NewKeeper(s Socket, backend string) *Keeper {
	return &Keeper{Socket: s, Backend: backend, first: map[Key]Setting{}, pushed: map[Key]Setting{}, wrong: map[Key]string{}, static: map[string]bool{}}
}

// Push sets what differs from the decisions, and answers the plan with what
// there is to tell. What one server refuses holds up no other.
func (k *Keeper) Push(ctx context.Context, w World, wants []Want) (Plan, []string) {
	p := makePlan(w.Servers, wants, k.Backend, k.pushed)
	notes := k.meet(w)
	for i := range w.Servers {
		s := &w.Servers[i]
		if ctx.Err() != nil {
			break
		}
		if to, ok := k.aim(s, &p); ok {
			notes = append(notes, k.set(ctx, s, to)...)
		}
	}
	return p, notes
}

// aim is what a server should be set to: as decided, or, of one that is
// nobody's upstream any more, as it was before.
func (k *Keeper) aim(s *Server, p *Plan) (Setting, bool) {
	if to, ok := p.Settings[s.Key]; ok {
		return to, true
	}
	before, ok := k.first[s.Key]
	if _, upstream := p.Of[s.Key]; upstream || !ok || s.held(k.pushed[s.Key]) != "" {
		return Setting{}, false
	}
	return before, true
}

// meet notes a process that is another than the one before: a reload, or a
// new start. How its servers are now is how they were before, unless a state
// file carried over what was set.
func (k *Keeper) meet(w World) (notes []string) {
	if k.pid != 0 && k.pid != w.PID {
		notes = append(notes, fmt.Sprintf("haproxy is a new process (%d, before %d): what was set is set again", w.PID, k.pid))
		for i := range w.Servers {
			s := &w.Servers[i]
			if was, ok := k.pushed[s.Key]; !ok || was != s.setting() {
				delete(k.first, s.Key)
			}
		}
		clear(k.pushed)
		clear(k.wrong)
		clear(k.static)
	}
	k.pid = w.PID
	return notes
}

// set brings one server to a setting.
func (k *Keeper) set(ctx context.Context, s *Server, to Setting) (notes []string) {
	is := s.setting()
	if _, known := k.first[s.Key]; !known {
		k.first[s.Key] = before(s)
	}
	if k.static[s.Backend] && to.State == Ready {
		to.Weight = s.Initial
	}
	if was, ok := k.pushed[s.Key]; ok && was != is {
		k.Drifts++
		notes = append(notes, fmt.Sprintf("%s: somebody set %s at haproxy: set to %s again", s.Key, is, to))
	}
	todo := orders(s.Key, is, to)
	err := k.Socket.do(ctx, todo)
	var r *refused
	switch {
	case err == nil:
		delete(k.wrong, s.Key)
		k.Orders += uint64(len(todo))
		k.pushed[s.Key] = to
	case errors.As(err, &r) && r.isStatic() && !k.static[s.Backend]:
		k.static[s.Backend] = true
		delete(k.pushed, s.Key)
		notes = append(notes, s.Backend+" balances by an algorithm without weights: what is set there is only who is in and who is out")
	default:
		notes = append(notes, k.complain(s.Key, err)...)
	}
	return notes
}

// before is how a server was when mltop came.
func before(s *Server) Setting {
	if s.ours() {
		return Setting{s.Initial, Ready}
	}
	return s.setting()
}

// complain tells the same once.
func (k *Keeper) complain(at Key, err error) []string {
	text := err.Error()
	if k.wrong[at] == text {
		return nil
	}
	k.wrong[at] = text
	delete(k.pushed, at)
	return []string{fmt.Sprintf("%s is not as it should be: %s", at, text)}
}

// Wrong is why the last order to a server was not done; "": it was.
func (k *Keeper) Wrong(at Key) string { return k.wrong[at] }

// Restore puts back what was before mltop set anything.
func (k *Keeper) Restore(ctx context.Context) error {
	if len(k.first) == 0 {
		return nil
	}
	w, err := k.Socket.Look(ctx)
	if err != nil {
		return fmt.Errorf("put haproxy's servers back: %w", err)
	}
	var errs []error
	k.meet(w)
	for i := range w.Servers {
		s := &w.Servers[i]
		if to, ok := k.first[s.Key]; ok && s.held(k.pushed[s.Key]) == "" {
			errs = append(errs, k.Socket.do(ctx, orders(s.Key, s.setting(), to)))
		}
	}
	clear(k.first)
	clear(k.pushed)
	return errors.Join(errs...)
}

// String tells a setting as a person would.
func (s Setting) String() string { return fmt.Sprintf("weight %d, %s", s.Weight, s.State) }
