package diagnose

func look(Input) []Finding {
	return []Finding{{Rule: "nothing", Level: OK, Text: "nothing wrong on this side"}}
}
