// deploy-lint checks the files under charts/ and deploy/ that no other tool here can check. scripts/lint-deploy.sh runs it:
//
//	deploy-lint chart [-out FOLDER] SETTINGS CHART  renders a Helm chart with each of its ci/ values, and checks what comes out
//	deploy-lint manifests SETTINGS FILE...          checks manifests that helm itself rendered
//	deploy-lint dashboards [-rules FILE] METRICS FILE...  checks Grafana dashboards against the list of metrics
//	deploy-lint rules METRICS FILE...               checks Prometheus rules against the list of metrics
//	deploy-lint compose SETTINGS FILE               checks the silos' environment in a compose file
//
// It prints a line for each thing it checked, and ends with 1 when one is wrong. Helm cannot be had from Debian, so the charts
// are rendered with what Helm is made of: Go's templates, sprig, and the handful of functions that Helm adds.
package main

import (
	"flag"
	"fmt"
	"os"
)

// report prints one line for a check and remembers whether any has failed.
type report struct{ failed bool }

func (r *report) result(what string, problems []string) {
	if len(problems) == 0 {
		fmt.Println("ok    ", what)
		return
	}
	r.failed = true
	fmt.Println("FAILED", what)
	for _, problem := range problems {
		fmt.Println("      ", problem)
	}
}

func main() {
	if len(os.Args) < 3 {
		fatal(fmt.Errorf("say chart, manifests, dashboards, rules or compose, then its files"))
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	out := flags.String("out", "", "folder for the rendered manifests, one JSON file for each values file")
	rules := flags.String("rules", "", "file to write every PromQL expression to, as recording rules for promtool")
	_ = flags.Parse(os.Args[2:])
	arguments := flags.Args()
	if len(arguments) < 2 {
		fatal(fmt.Errorf("%s wants a list and at least one file", os.Args[1]))
	}
	r := &report{}
	var err error
	switch os.Args[1] {
	case "chart":
		err = lintChart(r, arguments[0], arguments[1], *out)
	case "manifests":
		err = lintManifestFiles(r, arguments[0], arguments[1:])
	case "dashboards":
		err = lintDashboards(r, arguments[0], arguments[1:], *rules)
	case "rules":
		err = lintRules(r, arguments[0], arguments[1:])
	case "compose":
		err = lintCompose(r, arguments[0], arguments[1])
	default:
		err = fmt.Errorf("%q is no command", os.Args[1])
	}
	if err != nil {
		fatal(err)
	}
	if r.failed {
		os.Exit(1)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "deploy-lint:", err)
	os.Exit(1)
}
