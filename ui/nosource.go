package ui

import "strings"

// drawNoSource stands in the place of the requests where nobody counts them: why,
// and what would.
func (s *State) drawNoSource(a area) {
	y := 1
	put := func(x int, k ink, text string) {
		for _, l := range wrapText(text, a.w-x-1, 3) {
			a.text(x, y, k, l)
			y++
		}
	}
	why, _, _ := strings.Cut(s.whyNoSource(), "; name one with ") // that follows
	put(1, inkText, "○ nobody counts requests here: "+why)
	y++
	for _, way := range [...][2]string{
		{"--request-table TABLE", "a table of this database with one row a request; --request-columns says which column means what"},
		{"--gateway URL", "an mltop gateway in front of the deployment, which needs no change for it: mltop gateway --upstream URL"},
	} {
		put(3, inkKey, way[0])
		put(5, inkDim, way[1])
	}
	y++
	views := "1 and 3 show what the database does without them"
	if s.Target.Sessions {
		views = "1, 3 and 7 show what the database does without them"
	}
	put(1, inkDim, views)
}

// whyNoSource is why there are no requests, without what goes without saying.
func (s *State) whyNoSource() string {
	why, _, _ := strings.Cut(s.why(values()[valRate]), " (since ")
	return strings.TrimPrefix(why, "not measured: ")
}
