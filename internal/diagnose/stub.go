package diagnose

func look(in Input) []Finding { panic("stub") }
