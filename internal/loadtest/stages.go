package loadtest

import (
	"time"

	"go.yaml.in/yaml/v3"

	"mltop/internal/yamlfile"
)

// readStages: a stage holds a rate or a number of users, or leads from the
// level before to another.
func (s *scenario) readStages(n *yaml.Node) {
	level := 0.0
	if s.rate != nil {
		s.plan.Open, level = true, *s.rate
	}
	if s.users != nil {
		level = *s.users
	}
	rates, users := s.rate != nil, s.users != nil
	s.List(n, "stages", func(item *yaml.Node) {
		st, kind := s.readStage(item, level)
		rates, users = rates || kind == "rate", users || kind == "users"
		level = st.To
		s.plan.Stages = append(s.plan.Stages, st)
	})
	s.plan.Open = rates
	switch {
	case rates && users:
		s.Say(n, "stages are of rates or of users, not of both")
	case !rates && !users && s.Fine():
		s.Say(n, "it is not said whether these are rates or users: rate: 0 or users: 0 above them would")
	case s.plan.Most() == 0 && s.Fine():
		s.Say(n, "all stages are at zero")
	}
}

func (s *scenario) readStage(n *yaml.Node, before float64) (Stage, string) {
	var lasts time.Duration
	var hold, to *float64
	kind, given := "", 0
	at := func(word string, into **float64) func(*yaml.Node) {
		return func(v *yaml.Node) { given++; kind = word; s.stageLevel(v, into) }
	}
	s.Mapping(n, "a stage", yamlfile.Keys{
		"for": yamlfile.Into(&s.Reader, &lasts, yamlfile.Positive), "rate": at("rate", &hold), "users": at("users", &hold), "to": at("", &to),
	})
	switch {
	case lasts == 0:
		s.Say(n, "a stage has to say how long it lasts: for: 10s")
	case given != 1:
		s.Say(n, "a stage has one of rate, users (which it holds) and to (to which it leads)")
	case hold != nil:
		return Stage{lasts, *hold, *hold}, kind
	case to != nil:
		return Stage{lasts, before, *to}, kind
	}
	return Stage{For: time.Second}, kind
}

func (s *scenario) stageLevel(n *yaml.Node, to **float64) {
	var v float64
	yamlfile.Into(&s.Reader, &v, parseLevel)(n)
	*to = &v
}
