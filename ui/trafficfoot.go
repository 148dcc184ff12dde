package ui

// drawFoot shows the keys valid now, or what is asked.
func (t *traffic) drawFoot(a area) {
	x := 1
	switch {
	case t.help != nil:
		t.keys.drawOffers(a, x, inHelp, []Offer{{Action: Back, Does: "close"}, {Action: Down, Does: "more"}})
	case t.typing != "":
		t.drawField(a)
	case t.removing != "":
		keys := append(t.keys.footerSpans(inTakeOut, Confirm, "takes it out"), span{inkText, "   "})
		keys = append(keys, t.keys.footerSpans(inTakeOut, Back, "keeps it")...)
		room := max(a.w-2-spanWidth(keys), 0)
		a.textIn(1, 0, room-2, inkWarn, "take out "+t.removing+"? It finishes what it has.")
		a.spans(room, 0, keys...)
	default:
		if t.said != "" && t.opts.Now().Sub(t.saidAt) < noticeTime {
			x = a.text(x, 0, inkAccent, t.said) + 3
		}
		t.keys.drawOffers(a, x, onTraffic, t.offers())
	}
}

// drawField is the line that is typed.
func (t *traffic) drawField(a area) {
	label, offer := "add the upstream ", "adds"
	if t.typing == "purge" {
		label, offer = "purge the URL, or PREFIX*: ", "purges"
	}
	keys := append(t.keys.footerSpans(inText, Submit, offer), span{inkText, "   "})
	keys = append(keys, t.keys.footerSpans(inText, Back, "cancels")...)
	room := a.w - 2 - spanWidth(keys)
	x := a.text(1, 0, inkAccent, label)
	if room < x+minFlex { // what is typed is worth more than the keys
		room = a.w
	} else {
		a.spans(room+1, 0, keys...)
	}
	t.adding.draw(a.sub(0, 0, room, 1), x, 0, inkText)
}

// offers are what can be done, the most useful first, and why what cannot be
// done now cannot.
func (t *traffic) offers() []Offer {
	drain, out := Offer{Action: Drain, Does: "drain"}, Offer{Action: TakeOut, Does: "take out"}
	switch {
	case t.index() < 0:
		drain.Why = "there is no upstream here"
		out.Why = drain.Why
	case t.draining():
		drain.Does = "end draining"
	}
	purge := Offer{Action: Purge, Does: "purge"}
	if t.now.Cache == nil {
		purge.Why = "nothing is kept: cache in the file, or --cache, has it keep answers"
	}
	list := []Offer{{Action: Up, Pair: Down, Does: "choose"}, {Action: AddUpstream, Does: "add"}, drain, out, purge, {Action: Pause}}
	if t.eventLines > t.eventRows {
		list = append(list, Offer{Action: PageDown, Pair: PageUp, Does: "older, newer"})
	}
	return append(list, Offer{Action: Faster, Pair: Slower, Does: "interval"})
}
