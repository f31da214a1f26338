package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

type dashboard struct {
	UID    string
	Title  string
	Panels []panel
}

type panel struct {
	ID          int
	Type        string
	Title       string
	Description string
	GridPos     struct{ X, Y, W, H int }
	Datasource  struct{ Type, UID string }
	FieldConfig struct {
		Defaults struct{ Unit string }
	}
	Targets []struct{ Expr, RefID string }
}

// lintDashboards also writes every expression into a file of recording rules, for promtool to check their grammar.
func lintDashboards(r *report, metricsFile string, files []string, rulesFile string) error {
	known, err := readMetrics(metricsFile)
	if err != nil {
		return err
	}
	var expressions []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var d dashboard
		if err := json.Unmarshal(text, &d); err != nil {
			r.result(file+": is a dashboard", []string{err.Error()})
			continue
		}
		r.result(fmt.Sprintf("%s: %d panels, their ids, places and units", file, len(d.Panels)), layoutProblems(d))
		var problems []string
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				expression := withoutVariables(target.Expr)
				expressions = append(expressions, expression)
				for _, problem := range known.problems(expression) {
					problems = append(problems, p.Title+" "+target.RefID+": "+problem)
				}
			}
		}
		r.result(file+": every metric and label exists", problems)
	}
	if rulesFile == "" {
		return nil
	}
	return writeRules(rulesFile, expressions)
}

func layoutProblems(d dashboard) []string {
	var problems []string
	if d.UID == "" || d.Title == "" {
		problems = append(problems, "has no uid or no title")
	}
	ids := map[int]string{}
	for index, p := range d.Panels {
		if other, taken := ids[p.ID]; taken || p.ID == 0 {
			problems = append(problems, fmt.Sprintf("%s: id %d is missing or that of %s", p.Title, p.ID, other))
		}
		ids[p.ID] = p.Title
		if p.GridPos.W <= 0 || p.GridPos.H <= 0 || p.GridPos.X+p.GridPos.W > 24 {
			problems = append(problems, p.Title+": does not fit the grid of 24 columns")
		}
		for _, other := range d.Panels[:index] {
			a, b := p.GridPos, other.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				problems = append(problems, p.Title+": lies over "+other.Title)
			}
		}
		if p.Type == "row" {
			continue
		}
		if p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" {
			problems = append(problems, fmt.Sprintf("panel %d: wants a title, a description and a unit", p.ID))
		}
		if p.Datasource.UID != "${datasource}" {
			problems = append(problems, p.Title+": does not use the dashboard's data source")
		}
		references := map[string]bool{}
		for _, target := range p.Targets {
			if references[target.RefID] || target.RefID == "" {
				problems = append(problems, p.Title+": refId "+target.RefID+" is missing or used twice")
			}
			references[target.RefID] = true
		}
		if len(p.Targets) == 0 {
			problems = append(problems, p.Title+": asks for nothing")
		}
	}
	return problems
}

var otherVariable = regexp.MustCompile(`\$\{?[a-zA-Z_]+(:[a-z]+)?\}?`)

// withoutVariables puts in what Grafana would, so that promtool can read the expression.
func withoutVariables(expression string) string {
	expression = strings.NewReplacer("$__rate_interval", "5m", "$__interval", "1m", "$__range", "1h").Replace(expression)
	return otherVariable.ReplaceAllString(expression, ".*")
}

func writeRules(file string, expressions []string) error {
	var rules []map[string]string
	for index, expression := range expressions {
		rules = append(rules, map[string]string{"record": fmt.Sprintf("dashboard:expression:%d", index+1), "expr": expression})
	}
	text, err := yaml.Marshal(map[string]interface{}{"groups": []map[string]interface{}{{"name": "dashboards", "rules": rules}}})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

// lintRules checks the names in alerting and recording rules, and that an alert says what it means and what to do.
func lintRules(r *report, metricsFile string, files []string) error {
	known, err := readMetrics(metricsFile)
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var content struct {
			Groups []struct {
				Rules []struct {
					Alert, Record, Expr string
					Labels, Annotations map[string]string
				}
			}
		}
		if err := yaml.Unmarshal(text, &content); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for _, group := range content.Groups {
			for _, rule := range group.Rules {
				if rule.Record != "" {
					known[rule.Record] = labelSet([]string{"partition", "reason"})
				}
			}
		}
		var problems []string
		count := 0
		for _, group := range content.Groups {
			for _, rule := range group.Rules {
				count++
				for _, problem := range known.problems(rule.Expr) {
					problems = append(problems, rule.Alert+rule.Record+": "+problem)
				}
				if rule.Alert != "" && (rule.Labels["severity"] == "" || rule.Annotations["summary"] == "" || rule.Annotations["description"] == "") {
					problems = append(problems, rule.Alert+": wants a severity, a summary and a description")
				}
			}
		}
		r.result(fmt.Sprintf("%s: the metrics and labels of %d rules exist", file, count), problems)
	}
	return nil
}
