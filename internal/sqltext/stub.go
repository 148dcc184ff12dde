package sqltext

func normalize(sql string) string            { panic("stub") }
func fingerprint(sql string) string          { panic("stub") }
func mask(sql string) string                 { panic("stub") }
func format(sql string, width int) []string  { panic("stub") }
func split(script string) []Statement        { panic("stub") }
func quoteIdent(name, dialect string) string { panic("stub") }
func quoteString(s, dialect string) string   { panic("stub") }
