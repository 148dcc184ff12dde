package mysql

import "testing"

func TestTheGrantThatIsMissingIsAStatement(t *testing.T) {
	joe := target{user: "joe", database: "app", account: "'joe'@'%'"}
	for _, c := range []struct {
		name, message string
		at            target
		want          string
	}{
		{"a privilege", "Access denied; you need (at least one of) the PROCESS privilege(s) for this operation", joe, "GRANT PROCESS ON *.* TO 'joe'@'%'"},
		{"one that asks for less than SUPER", "Access denied; you need (at least one of) the SUPER, READ_ONLY ADMIN privilege(s) for this operation", joe, "GRANT READ_ONLY ADMIN ON *.* TO 'joe'@'%'"},
		{"as MySQL says it", "Access denied; you need (at least one of) the SUPER or SYSTEM_VARIABLES_ADMIN privilege(s) for this operation", joe, "GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO 'joe'@'%'"},
		{"SUPER alone", "Access denied; you need (at least one of) the SUPER privilege(s) for this operation", joe, "GRANT SUPER ON *.* TO 'joe'@'%'"},
		{"a table, and the account is not the host", "SELECT command denied to user 'joe'@'localhost' for table `app`.`orders`", joe, "GRANT SELECT ON `app`.`orders` TO 'joe'@'%'"},
		{"a table of MySQL", "INDEX command denied to user 'joe'@'10.0.0.7' for table 'orders'", joe, "GRANT INDEX ON `app`.`orders` TO 'joe'@'%'"},
		{"the database, before the account is known", "Access denied for user 'joe'@'localhost' to database 'app'", target{user: "joe", database: "app"}, "GRANT PROCESS ON *.* TO 'joe'@'localhost'; GRANT SELECT ON `app`.* TO 'joe'@'localhost'"},
		{"nothing known but the name", "denied", target{user: "joe", database: "app"}, "GRANT PROCESS ON *.* TO 'joe'; GRANT SELECT ON `app`.* TO 'joe'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := grantFor(c.at, c.message); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
