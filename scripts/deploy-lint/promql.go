package main

import (
	"fmt"
	"os"
	"regexp"
	"sort"
	"strings"
)

// metrics are the time series that the application exports: the series' name, then the labels it has.
type metrics map[string]map[string]bool

// Labels that Prometheus or the exporter puts on every series.
var commonLabels = []string{"instance", "job", "namespace", "pod", "otel_scope_name", "otel_scope_version", "le"}

// readMetrics reads lines of the form "counter|gauge|histogram NAME LABEL...".
func readMetrics(file string) (metrics, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all := metrics{"up": labelSet(nil)}
	for number, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(strings.SplitN(line, "#", 2)[0])
		if len(words) == 0 {
			continue
		}
		if len(words) < 2 {
			return nil, fmt.Errorf("%s:%d: %q is not TYPE NAME LABEL...", file, number+1, line)
		}
		switch words[0] {
		case "counter", "gauge":
			all[words[1]] = labelSet(words[2:])
		case "histogram":
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				all[words[1]+suffix] = labelSet(words[2:])
			}
		default:
			return nil, fmt.Errorf("%s:%d: %q is neither counter, gauge nor histogram", file, number+1, words[0])
		}
	}
	return all, nil
}

func labelSet(labels []string) map[string]bool {
	set := map[string]bool{}
	for _, label := range append(labels, commonLabels...) {
		set[label] = true
	}
	return set
}

var (
	quoted     = regexp.MustCompile(`"(\\.|[^"\\])*"|'(\\.|[^'\\])*'`)
	selector   = regexp.MustCompile(`([a-zA-Z_:][a-zA-Z0-9_:]*)?\s*\{([^}]*)\}`)
	labelMatch = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)`)
	grouping   = regexp.MustCompile(`\b(by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)`)
	duration   = regexp.MustCompile(`\[[^\]]*\]|\boffset\s+[0-9a-z]+`)
	word       = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*`)
	callAfter  = regexp.MustCompile(`^\s*\(`)
)

var keywords = map[string]bool{"and": true, "or": true, "unless": true, "bool": true, "offset": true, "inf": true, "nan": true, "Inf": true, "NaN": true}

// problems names what an expression uses that the application does not export. promtool checks the grammar; here only names matter.
func (m metrics) problems(expression string) []string {
	var problems []string
	text := quoted.ReplaceAllString(expression, `""`)
	used := map[string]bool{}
	for _, match := range selector.FindAllStringSubmatch(text, -1) {
		for _, label := range labelMatch.FindAllStringSubmatch(match[2], -1) {
			if known := m[match[1]]; known != nil && !known[label[1]] {
				problems = append(problems, match[1]+" has no label "+label[1])
			}
		}
	}
	groups := grouping.FindAllStringSubmatch(text, -1)
	text = selector.ReplaceAllString(text, "$1 ")
	text = grouping.ReplaceAllString(text, "$1 ")
	text = duration.ReplaceAllString(text, " ")
	for _, place := range word.FindAllStringIndex(text, -1) {
		name := text[place[0]:place[1]]
		isCall := callAfter.MatchString(text[place[1]:])
		isNumber := place[0] > 0 && strings.ContainsAny(text[place[0]-1:place[0]], "0123456789.")
		if isCall || isNumber || keywords[name] || grouping.MatchString(name+"()") || aggregations[name] {
			continue
		}
		if m[name] == nil {
			problems = append(problems, "no metric is called "+name)
		}
		used[name] = true
	}
	if len(used) == 0 {
		problems = append(problems, "uses no metric")
	}
	for _, group := range groups {
		for _, label := range word.FindAllString(group[2], -1) {
			if !m.anyHas(used, label) {
				problems = append(problems, "groups by "+label+", which none of its metrics has")
			}
		}
	}
	sort.Strings(problems)
	return problems
}

// Aggregations may be followed by their grouping instead of a bracket.
var aggregations = map[string]bool{
	"sum": true, "min": true, "max": true, "avg": true, "count": true, "group": true, "stddev": true, "stdvar": true,
	"topk": true, "bottomk": true, "quantile": true, "count_values": true,
}

func (m metrics) anyHas(names map[string]bool, label string) bool {
	for name := range names {
		if m[name][label] {
			return true
		}
	}
	return false
}
