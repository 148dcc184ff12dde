package ui

import tea "github.com/charmbracelet/bubbletea"

// A Panel is one screen of the dashboard. It keeps a cursor and nothing that
// was measured: everything drawn comes from the state.
type Panel interface {
	Title() string
	// Offers lists what can be done here, the most useful first, and why
	// what cannot be done now cannot.
	Offers(s *State) []Offer
	// Update moves a cursor or answers a command; it never blocks.
	Update(a Action, s *State) (Panel, tea.Cmd)
	// Draw is pure; what does not fit is cut.
	Draw(s *State, a area)
	place() place
}

// An Offer is an action that a panel understands.
type Offer struct {
	Action Action
	Does   string // "" is the binding's own word
	Pair   Action // its opposite, shown beside it
	Short  string // in the place of Does, where there is no room for it
	Why    string // why it cannot be done now; "" when it can
}

// A filterer has rows that can be narrowed.
type filterer interface {
	filterText() string
	setFilter(text string) error
}

// A maximiser has several parts, and shows one of them alone when asked to;
// shrink ends that, and answers whether there was anything to end.
type maximiser interface{ shrink() bool }

// Messages by which panels ask the root for something.
type (
	pushMsg struct{ panel Panel }
	popMsg  struct{}
	viewMsg struct {
		n   int
		top bool // to what it shows as the worst, wherever its cursor was
	}
	noticeMsg struct {
		level ink
		text  string
	}
	promptMsg struct{ prompt *prompt }
	copyMsg   struct{ name, text string }
)

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }

func push(p Panel) tea.Cmd { return send(pushMsg{p}) }

func notice(level ink, text string) tea.Cmd { return send(noticeMsg{level, text}) }
