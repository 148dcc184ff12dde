package postgres

import (
	"strings"

	pgquery "github.com/sqlc-dev/oliphant"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"mltop/internal/db"
)

// An operand is one side of a comparison, or a term of a list.
type operand struct {
	cols      []column // of the block, each mention
	bare      bool     // nothing but one column
	text      string   // as an index would hold it: immutable, of one relation; else ""
	sql       string   // as written
	literal   string   // SQL text of a literal
	kind      string   // "integer" or "fraction" of a numeric literal
	why       string   // why an index cannot hold it
	params    []int
	aggregate bool
	window    bool
	subquery  bool
	volatile  bool
}

// constant reports whether the operand stays the same during the block.
func (o operand) constant() bool { return len(o.cols) == 0 && !o.volatile && !o.aggregate && !o.window }

// relation is the one relation that the operand depends on; -1 for several.
func (o operand) relation() int {
	for _, c := range o.cols {
		if c.relation != o.cols[0].relation {
			return -1
		}
	}
	return o.cols[0].relation
}

// ref is the operand as a key, or its first column where it cannot be one.
func (o operand) ref() db.ColumnRef {
	if !o.bare && o.text != "" {
		return db.ColumnRef{Relation: o.cols[0].relation, Expr: o.text}
	}
	return db.ColumnRef{Relation: o.cols[0].relation, Column: o.cols[0].name}
}

// noIndex says why no index on the operand serves it; "" when one could.
func (o operand) noIndex() string {
	switch {
	case o.cols[0].opaque != "":
		return o.cols[0].opaque
	case o.bare || o.text != "":
		return ""
	case o.why != "":
		return o.why
	}
	return "an expression of the column"
}

// observe visits an expression once and says what it is.
func (b *binder) observe(sc *scope, n *pgquery.Node) operand {
	if n == nil {
		return operand{}
	}
	mark := len(sc.block.log)
	v := &visitor{b: b, sc: sc}
	v.visit(n)
	o := v.operand
	o.cols = append([]column(nil), sc.block.log[mark:]...)
	o.sql = deparse(n)
	o.bare = n.GetColumnRef() != nil && len(o.cols) == 1
	switch {
	case literalNode(n):
		o.literal = o.sql
		o.kind = numberKind(n)
	case o.bare:
		o.text = quote(o.cols[0].name)
	case len(o.cols) > 0 && o.relation() >= 0 && !o.blocked():
		o.text = deparse(unqualified(n))
	}
	return o
}

func (o operand) blocked() bool {
	return o.why != "" || o.aggregate || o.window || o.subquery || o.volatile || len(o.params) > 0
}

// A visitor walks through one expression.
type visitor struct {
	b  *binder
	sc *scope
	operand
}

func (v *visitor) visit(n *pgquery.Node) {
	switch {
	case n == nil:
	case n.GetColumnRef() != nil:
		v.column(n.GetColumnRef())
	case n.GetParamRef() != nil:
		v.params = append(v.params, v.b.param(n.GetParamRef().Number))
	case n.GetSubLink() != nil:
		v.subquery = true
		v.visit(n.GetSubLink().Testexpr)
		v.b.selects(n.GetSubLink().Subselect.GetSelectStmt(), v.sc)
	case n.GetFuncCall() != nil:
		v.call(n.GetFuncCall())
		v.children(n.GetFuncCall())
	case n.GetTypeCast() != nil && n.GetTypeCast().Arg.GetAConst() == nil:
		v.because("a cast of the column")
		v.visit(n.GetTypeCast().Arg)
	case n.GetSqlvalueFunction() != nil:
		v.because("reads the clock")
	default:
		v.children(n)
	}
}

func (v *visitor) because(why string) {
	if v.why == "" {
		v.why = why
	}
}

// children visits every node below a message.
func (v *visitor) children(m proto.Message) {
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, x protoreflect.Value) bool {
		switch {
		case f.Kind() != protoreflect.MessageKind:
		case f.IsList():
			for i := range x.List().Len() {
				v.child(x.List().Get(i).Message().Interface())
			}
		default:
			v.child(x.Message().Interface())
		}
		return true
	})
}

func (v *visitor) child(m proto.Message) {
	if n, ok := m.(*pgquery.Node); ok {
		v.visit(n)
		return
	}
	v.children(m)
}

// column resolves a name; a column of an outer block is a constant here.
func (v *visitor) column(r *pgquery.ColumnRef) {
	parts := stringsOf(r.Fields)
	if len(parts) < len(r.Fields) { // t.*, the row as a value
		v.because("a whole row")
		return
	}
	qualifier := ""
	if len(parts) > 1 {
		qualifier = parts[len(parts)-2]
	}
	c, here, ok := v.sc.resolve(qualifier, last(parts))
	switch {
	case ok && here:
		v.sc.block.log = append(v.sc.block.log, c)
	case ok:
	case len(parts) == 1 && v.sc.relation(parts[0]) != nil:
		v.because("a whole row")
	default:
		db.Decline("no such column: %s", strings.Join(parts, "."))
	}
}

// Functions that tell by their names what they are. A name that is not here
// may be anything: no index is made on it.
const (
	immutableNames = " lower upper length char_length abs md5 btrim ltrim rtrim substr substring left right replace coalesce round floor ceil sign mod reverse initcap strpos "
	volatileNames  = " random clock_timestamp timeofday nextval currval lastval setval gen_random_uuid uuid_generate_v4 pg_sleep setseed "
	aggregateNames = " count sum avg min max array_agg string_agg json_agg jsonb_agg json_object_agg jsonb_object_agg bool_and bool_or every stddev stddev_pop stddev_samp variance var_pop var_samp percentile_cont percentile_disc mode corr regr_slope bit_and bit_or "
)

func named(list, name string) bool { return strings.Contains(list, " "+name+" ") }

func (v *visitor) call(f *pgquery.FuncCall) {
	name := last(stringsOf(f.Funcname))
	switch {
	case f.Over != nil:
		v.window = true
	case named(aggregateNames, name) || f.AggStar || f.AggFilter != nil || f.AggWithinGroup || f.AggDistinct:
		v.aggregate = true
	case named(volatileNames, name):
		v.volatile = true
		v.because("a function whose value changes: " + name)
	case !named(immutableNames, name):
		v.because("a function of the column: " + name)
	}
}

// literalNode reports whether an expression is a constant, with or without a
// type.
func literalNode(n *pgquery.Node) bool {
	if c := n.GetTypeCast(); c != nil {
		n = c.Arg
	}
	return n.GetAConst() != nil
}

func numberKind(n *pgquery.Node) string {
	switch {
	case n.GetAConst().GetIval() != nil:
		return "integer"
	case n.GetAConst().GetFval() != nil && strings.ContainsAny(n.GetAConst().GetFval().Fval, ".eE"):
		return "fraction"
	}
	return ""
}

// deparse writes an expression as SQL.
func deparse(n *pgquery.Node) string {
	target := &pgquery.Node{Node: &pgquery.Node_ResTarget{ResTarget: &pgquery.ResTarget{Val: n}}}
	s := &pgquery.SelectStmt{TargetList: []*pgquery.Node{target}, LimitOption: pgquery.LimitOption_LIMIT_OPTION_DEFAULT, Op: pgquery.SetOperation_SETOP_NONE}
	text, err := pgquery.Deparse(&pgquery.ParseResult{Stmts: []*pgquery.RawStmt{{Stmt: &pgquery.Node{Node: &pgquery.Node_SelectStmt{SelectStmt: s}}}}})
	if err != nil {
		db.Decline("could not be written down: %v", err)
	}
	return strings.TrimPrefix(text, "SELECT ")
}

// unqualified is an expression without its tables' names, as an index holds it.
func unqualified(n *pgquery.Node) *pgquery.Node {
	out := proto.Clone(n).(*pgquery.Node)
	strip(out)
	return out
}

func strip(m proto.Message) {
	if n, ok := m.(*pgquery.Node); ok && n.GetColumnRef() != nil {
		fields := n.GetColumnRef().Fields
		n.GetColumnRef().Fields = fields[len(fields)-1:]
		return
	}
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, x protoreflect.Value) bool {
		switch {
		case f.Kind() != protoreflect.MessageKind:
		case f.IsList():
			for i := range x.List().Len() {
				strip(x.List().Get(i).Message().Interface())
			}
		default:
			strip(x.Message().Interface())
		}
		return true
	})
}
