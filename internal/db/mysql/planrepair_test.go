package mysql

import "testing"

func TestAPlanWhoseNamesAreNotEscapedIsRead(t *testing.T) {
	for _, row := range []struct{ name, plan, table, condition string }{
		{"plain", "{\n  \"table\": {\n    \"table_name\": \"orders\",\n    \"attached_condition\": \"orders.a = 7\"\n  }\n}", "orders", "orders.a = 7"},
		{"a quote", "{\n  \"table\": {\n    \"table_name\": \"we\"ird\",\n    \"attached_condition\": \"`we\"ird`.a = 7\"\n  }\n}", `we"ird`, "`we\"ird`.a = 7"},
		{"a line break", "{\n  \"table\": {\n    \"table_name\": \"na\nme\",\n    \"attached_condition\": \"a\"\n  }\n}", "na\nme", "a"},
		{"a quote at the end of a line", "{\n  \"table\": {\n    \"table_name\": \"na\"\nme\",\n    \"attached_condition\": \"a\"\n  }\n}", "na\"\nme", "a"},
		{"a backslash", "{\n  \"table\": {\n    \"table_name\": \"a\\b\",\n    \"attached_condition\": \"s = 'x\\\\y\\\"'\"\n  }\n}", `a\b`, `s = 'x\y"'`},
		{"lists", "{\n  \"table\": {\n    \"table_name\": \"t\",\n    \"attached_condition\": \"a\",\n    \"key_parts\": [\"co\"l\n\", \"b\"]\n  }\n}", "t", "a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, err := parseJSON(repaired(row.plan))
			if err != nil {
				t.Fatalf("%v: %s", err, repaired(row.plan))
			}
			members := v.members[0].value.members
			if members[0].value.text != row.table || members[1].value.text != row.condition {
				t.Errorf("got %q and %q, want %q and %q", members[0].value.text, members[1].value.text, row.table, row.condition)
			}
		})
	}
}
