package advisor

import "context"

// gain measures the statements that would use a team beside the chosen ones.
func (s *search) gain(ctx context.Context, list ...*candidate) (*gain, bool) {
	return s.gainBy(ctx, whateverComes, usualWait, list...)
}

// gainUnless is gain, given up as soon as the most that it could still come to
// is too little.
func (s *search) gainUnless(ctx context.Context, tooLittle func(most float64) bool, list ...*candidate) (*gain, bool) {
	return s.gainBy(ctx, tooLittle, usualWait, list...)
}

// gainWaiting is gain where a run of a statement is waited for so many seconds; 0:
// as long as it is usual.
func (s *search) gainWaiting(ctx context.Context, most func(*bound) float64, list ...*candidate) (*gain, bool) {
	return s.gainBy(ctx, whateverComes, most, list...)
}

func usualWait(*bound) float64 { return 0 }

func whateverComes(float64) bool { return false }

func (s *search) gainBy(ctx context.Context, tooLittle func(most float64) bool, wait func(*bound) float64, list ...*candidate) (*gain, bool) {
	config, bar := s.config(list...), s.bar(list[0])
	g := &gain{team: list, after: map[*bound]measure{}}
	g.net = -g.writes()
	var users []*bound
	for _, c := range list {
		users = append(users, c.users...)
	}
	users = s.surestFirst(distinct(users), config)
	left := 0.0
	for _, b := range users {
		left += s.potential(b, config)
	}
	for _, b := range users {
		if tooLittle(g.net + left) {
			return nil, false
		}
		left -= s.potential(b, config)
		if s.served(b, config, bar*minGain) {
			continue
		}
		if s.narrow(ctx, b); s.served(b, config, bar*minGain) {
			continue
		}
		config.Most = wait(b)
		m, err := s.measure(ctx, b, config)
		if err != nil {
			return nil, false
		}
		m = s.doubt(ctx, b, m, config)
		d := s.tells(s.now[b].saves(m), s.now[b], bar*minGain)
		g.count(b, d, s.now[b], s.base[b])
		if d > 0 {
			g.fair += b.load() * s.now[b].plain().saves(m.plain())
		}
		if d != 0 {
			g.after[b] = m
		}
	}
	return g, true
}
