package advisor

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"mltop/internal/db"
)

// A settingRule says when a setting should be another, up or down.
type settingRule struct {
	id      string // stable: "postgres.work_mem"
	setting string
	source  string // the documentation that the rule and its threshold are from
	judge   func(k *knob) []proposal
}

// A proposal is what a rule says of a setting: a value, or why it cannot say.
type proposal struct {
	value    string            // in the server's words
	also     map[string]string // settings that go together with it, by name
	table    *db.Table         // whose own setting it is; nil: the server's
	option   string            // its name, with table; then an empty value takes it away
	title    string            // without the value
	severity Severity
	reason   string
	evidence []string
	expect   string
	risk     string
	doubt    string
	silent   string // why nothing is advised; then all else is empty
}

// A knob is one setting under judgment, with all that a rule may weigh it by.
type knob struct {
	Facts
	tally
	now db.Setting
}

// fine is the judgment that a setting may stay, where nothing needs saying.
var fine []proposal

// because is the judgment that cannot be given, and why.
func because(format string, args ...any) []proposal {
	return []proposal{{silent: fmt.Sprintf(format, args...)}}
}

func one(p proposal) []proposal { return []proposal{p} }

// settingsAdvice judges the settings in order. What one rule would take of the
// memory is gone for those behind it, so that all of them can be applied.
func (f Facts) settingsAdvice() (list []Recommendation, declined []Declined) {
	seen := f
	var silent reasons
	for _, rule := range settingRules(f.Target.Engine) {
		now, ok := seen.setting(rule.setting)
		if !ok {
			continue
		}
		for _, p := range seen.judged(rule, now) {
			switch {
			case p.silent != "":
				silent.add(rule.setting, p.silent)
			case now.Pending != "" && p.table == nil:
				silent.add(rule.setting, now.Pending+" is set already and waits for a restart")
			default:
				list = append(list, f.recommend(rule, now, p))
				seen = seen.taking(now, p)
			}
		}
	}
	return list, silent.declined()
}

func (f Facts) judged(rule settingRule, now db.Setting) []proposal {
	return rule.judge(&knob{Facts: f, tally: f.newTally(), now: now})
}

// taking is the world in which advice that wants more memory was followed.
// Advice that wants less may not be.
func (f Facts) taking(now db.Setting, p proposal) Facts {
	old, ok1 := settingBytes(now.Value)
	value, ok2 := settingBytes(p.value)
	if p.table != nil || !ok1 || !ok2 || value < old {
		return f
	}
	changed := append([]db.Setting(nil), f.Settings...)
	for i := range changed {
		if strings.EqualFold(changed[i].Name, now.Name) {
			changed[i].Value = p.value
		}
	}
	f.Settings = changed
	return f
}

// recommend writes a proposal as advice.
func (f Facts) recommend(rule settingRule, now db.Setting, p proposal) Recommendation {
	var r Recommendation
	if p.table != nil {
		r = tableAdvice(f, p)
	} else {
		r = settingAdvice(f, now, p.value, p.title+" ("+now.Name+" = "+shown(now, p.value)+")")
		for _, other := range f.Settings {
			if v, ok := p.also[other.Name]; ok {
				r.joins(f.Dialect.SetSetting(other, v))
			}
		}
		r.byHand(f, now, p.value)
	}
	r.Rule, r.Source, r.Expect = rule.id, rule.source, p.expect
	r.Reason, r.Risk, r.MayBeWrong = p.reason, p.risk, p.doubt
	r.Evidence = p.evidence
	if p.table == nil {
		r.Evidence = append([]string{now.Name + " is " + shown(now, now.Value) + ", from " + firstOf(now.Source, "an unknown place")}, p.evidence...)
	}
	if p.severity != "" {
		r.Severity = p.severity
	}
	return r
}

// joins adds a step that goes with the advice.
func (r *Recommendation) joins(s db.Step) {
	r.Change = append(r.Change, s)
	r.Statement += "\n" + statements(s.Do)
	r.Undo = statements(s.Undo) + "\n" + r.Undo
}

// byHand says when it takes effect, and makes advice that no statement can
// carry out the lines of a file.
func (r *Recommendation) byHand(f Facts, now db.Setting, value string) {
	r.Takes = "at once"
	if now.Scope == db.ScopeRestart {
		r.Takes = afterRestart + ", which mltop leaves to you"
	}
	lines, ok := f.Dialect.(db.SettingLines)
	if !ok || len(r.Change) == 0 {
		return
	}
	if len(r.Change[0].Do) > 0 {
		if fleeting(r.Change[0]) {
			r.Takes = "at once, and until a restart: the lines in its comment keep it"
		}
		return
	}
	r.Change, r.Statement = nil, lines.SettingLines(now, value)
	r.Undo = lines.SettingLines(now, now.Value)
	r.Takes = afterRestart + ", by hand"
	if why, ok := strings.CutPrefix(r.Scope, "nobody: "); ok {
		r.Scope = "everybody, once the server is started otherwise: " + why
	}
}

// weighty reports advice on a setting that wants a decision of its own: it
// needs a restart, or may turn somebody away.
func (r Recommendation) weighty() bool {
	_, setting, _ := strings.Cut(r.Rule, ".")
	return strings.HasPrefix(r.Takes, afterRestart) || setting == "max_connections" || setting == "idle_in_transaction_session_timeout"
}

const afterRestart = "after a restart of the server"

// fleeting reports a change that the server forgets at a restart.
func fleeting(s db.Step) bool { return len(s.Do) > 0 && strings.HasPrefix(s.Do[0], "SET GLOBAL ") }

// tableAdvice is advice on what one table has of its own.
func tableAdvice(f Facts, p proposal) Recommendation {
	t, name := p.table, p.option
	r := Recommendation{
		ID: adviceID(KindSetting, t.Name+"."+name, p.value), Kind: KindSetting, Severity: SeverityInfo, Title: p.title,
		Object: t.Name + "." + name, Table: t.Name, Takes: "at once", Confidence: "medium",
		Scope: "the table " + t.Name + " alone, whoever uses it",
	}
	if d, ok := f.Dialect.(db.TableSetter); ok {
		step := d.SetTableSetting(t, name, p.value)
		r.Change, r.Statement, r.Undo = db.Change{step}, statements(step.Do), statements(step.Undo)
	}
	return r
}

// shown is a value as people read it: sizes with the unit in which it is
// whole.
func shown(now db.Setting, value string) string {
	bytes, ok := settingBytes(value)
	if inBytes := now.Unit == "bytes" || strings.TrimRight(value, "kMGTB") != value; ok && inBytes && bytes > 0 {
		return exact(bytes)
	}
	return firstOf(value, "empty")
}

// exact writes a size as the servers do: 1 MB is 1024 kB.
func exact(bytes int64) string {
	for i, unit := range []string{"GB", "MB", "kB"} {
		if n := int64(1) << (30 - 10*i); bytes%n == 0 && bytes > 0 {
			return strconv.FormatInt(bytes/n, 10) + " " + unit
		}
	}
	return strconv.FormatInt(bytes, 10) + " bytes"
}

// reasons gathers settings that nothing can be said of by why.
type reasons struct {
	why  []string
	what map[string][]string
}

func (r *reasons) add(setting, why string) {
	if r.what == nil {
		r.what = map[string][]string{}
	}
	if _, seen := r.what[why]; !seen {
		r.why = append(r.why, why)
	}
	r.what[why] = append(r.what[why], setting)
}

func (r *reasons) declined() []Declined {
	var out []Declined
	for _, why := range r.why {
		out = append(out, Declined{What: strings.Join(r.what[why], ", "), Reason: why})
	}
	return out
}

// bytes is the setting's value; ok is false where it is no size.
func (k *knob) bytes() (int64, bool) { return settingBytes(k.now.Value) }

// sizeOf is another setting's bytes; 0 where the server has none, or says -1.
func (f Facts) sizeOf(name string) int64 {
	s, ok := f.setting(name)
	if !ok {
		return 0
	}
	n, _ := settingBytes(s.Value)
	return n
}

// numberOf is another setting's number.
func (f Facts) numberOf(name string) (float64, bool) {
	s, ok := f.setting(name)
	n, err := strconv.ParseFloat(s.Value, 64)
	return n, ok && err == nil
}

// is reports a setting that says one of these words.
func (f Facts) is(name string, words ...string) bool {
	s, ok := f.setting(name)
	return ok && oneOf(s.Value, words...)
}

// settingBytes reads "64kB", "4MB" and plain bytes.
func settingBytes(value string) (int64, bool) {
	number := strings.TrimRight(value, "kMGTB")
	n, err := strconv.ParseInt(number, 10, 64)
	shift, ok := map[string]int{"": 0, "B": 0, "kB": 10, "MB": 20, "GB": 30, "TB": 40}[value[len(number):]]
	return n << shift, err == nil && ok && n >= 0
}

// upTo rounds up to a multiple.
func upTo(n, step int64) int64 { return (n + step - 1) / step * step }

// powerUp is the next power of two, powerDown the one before.
func powerUp(n int64) int64   { return 1 << int(math.Ceil(math.Log2(float64(max(n, 1))))) }
func powerDown(n int64) int64 { return 1 << int(math.Log2(float64(max(n, 1)))) }

// dataBytes are the bytes of all tables with their indexes, as far as they are
// known.
func (f Facts) dataBytes() (sum int64) {
	for _, t := range f.Schema.Tables {
		if t.Bytes != nil {
			sum += *t.Bytes
		}
		for _, ix := range t.Indexes {
			if ix.Bytes != nil {
				sum += *ix.Bytes
			}
		}
	}
	return sum
}

// leastReads of pages say something about a ratio.
const leastReads = 10_000

// missing is the part of page reads that the cache did not serve; why is not
// empty when that cannot be said.
func (k *knob) missing() (part float64, reads count, why string) {
	reads, ok := k.count("cache_reads")
	hits, ok2 := k.count("cache_hits")
	switch {
	case !ok || !ok2:
		return 0, reads, "page reads are not counted"
	case reads.n < leastReads:
		return 0, reads, fmt.Sprintf("only %.0f pages were read %s: it takes %d to say", reads.n, reads.span(), leastReads)
	}
	return max(0, 1-hits.n/reads.n), reads, ""
}
