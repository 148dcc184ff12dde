package advisor

import "mltop/internal/db"

// Whoever keeps an index has its bytes read once a day at least, by a backup,
// and where nothing else is known at the pace of a good disk: what does not
// save as much in a day is not worth having. A planner counts a page read in
// sequence as 1 (seq_page_cost).
const (
	backupsASecond = 1.0 / (24 * 3600)
	diskBytes      = 1e9 // a second
	pageBytes      = 8192
)

// earnsBytes reports whether indexes save, beyond what they cost the writes,
// what having them costs; bar as with isWorth.
func (s *search) earnsBytes(net float64, bytes int64, bar float64) bool {
	return net >= bar*s.keeping(bytes)
}

// keeping is what so many bytes cost a second, in the lab's unit; 0 where that
// counts neither time nor pages.
func (s *search) keeping(bytes int64) float64 {
	switch {
	case inSeconds(s.unit):
		return float64(bytes) / diskBytes * backupsASecond
	case s.unit == db.UnitCost:
		return float64(bytes) / pageBytes * backupsASecond
	}
	return 0
}

// earnsPlace reports whether a gain is worth its indexes, their bytes and their
// width.
func (s *search) earnsPlace(g *gain) bool {
	bar := s.bar(g.team[0])
	return s.isWorth(g.net, g.now, g.first, g.calls, bar) && s.earnsBytes(g.net, g.bytes(), bar) && s.earnsWidth(g)
}
