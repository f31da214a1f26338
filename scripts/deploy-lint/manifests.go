package main

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
)

// object is a Kubernetes object as YAML gives it.
type object map[string]interface{}

var (
	apiVersions = map[string]string{
		"ConfigMap": "v1", "Service": "v1", "ServiceAccount": "v1", "Pod": "v1", "Deployment": "apps/v1",
		"HorizontalPodAutoscaler": "autoscaling/v2", "PodDisruptionBudget": "policy/v1", "NetworkPolicy": "networking.k8s.io/v1",
	}
	objectName  = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	labelValue  = regexp.MustCompile(`^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$`)
	envName     = regexp.MustCompile(`^[-._a-zA-Z][-._a-zA-Z0-9]*$`)
	quantity    = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$`)
	exponential = regexp.MustCompile(`^[0-9.]+e\+[0-9]+$`)
)

// checkManifests checks each object by itself, and that the objects mean each other: selectors, ports, names.
func checkManifests(r *report, source string, objects []object, settings settings) {
	named := map[string]object{}
	var problems []string
	for _, o := range objects {
		key := o.kind() + "/" + o.name()
		if named[key] != nil {
			problems = append(problems, key+" appears twice")
		}
		named[key] = o
		problems = append(problems, identityProblems(o)...)
	}
	r.result(source+": kinds, names and labels", problems)

	for _, o := range objects {
		switch o.kind() {
		case "Deployment":
			r.result(source+": "+o.kind()+" "+o.name(), deploymentProblems(o, named, settings))
		case "ConfigMap":
			r.result(source+": "+o.kind()+" "+o.name(), configMapProblems(o, settings))
		}
	}
	r.result(source+": selectors, ports and targets meet", referenceProblems(objects, named))
}

func identityProblems(o object) []string {
	var problems []string
	where := o.kind() + "/" + o.name()
	if apiVersions[o.kind()] == "" {
		problems = append(problems, where+": a kind that deploy-lint does not know; add it to apiVersions")
	} else if apiVersions[o.kind()] != o.text("apiVersion") {
		problems = append(problems, fmt.Sprintf("%s: apiVersion %s, not %s", where, o.text("apiVersion"), apiVersions[o.kind()]))
	}
	if !objectName.MatchString(o.name()) {
		problems = append(problems, where+": not a name that Kubernetes accepts")
	}
	for key, value := range o.at("metadata", "labels") {
		if text, isText := value.(string); !isText || !labelValue.MatchString(text) {
			problems = append(problems, fmt.Sprintf("%s: label %s: %v", where, key, value))
		}
	}
	for key, value := range o.at("metadata", "annotations") {
		if _, isText := value.(string); !isText {
			problems = append(problems, fmt.Sprintf("%s: annotation %s is %v, not a string", where, key, value))
		}
	}
	return problems
}

func deploymentProblems(o object, named map[string]object, settings settings) []string {
	var problems []string
	labels := o.at("spec", "template", "metadata", "labels")
	selector := o.at("spec", "selector", "matchLabels")
	if len(selector) == 0 || !contains(labels, selector) {
		problems = append(problems, "its selector does not match its pods")
	}
	if named["HorizontalPodAutoscaler/"+o.name()] != nil && o.at("spec")["replicas"] != nil {
		problems = append(problems, "sets replicas although an autoscaler does: every upgrade would undo the autoscaler's choice")
	}
	for key, value := range o.at("spec", "template", "metadata", "annotations") {
		if _, isText := value.(string); !isText {
			problems = append(problems, fmt.Sprintf("annotation %s of its pods is %v, not a string", key, value))
		}
	}
	pod := object(o.at("spec", "template", "spec"))
	if pod.at("securityContext")["runAsNonRoot"] != true {
		problems = append(problems, "its pods may run as root")
	}
	volumes := map[string]bool{}
	for _, volume := range pod.list("volumes") {
		volumes[volume.text("name")] = true
	}
	for _, container := range pod.list("containers") {
		problems = append(problems, containerProblems(container, volumes, named, settings)...)
	}
	return problems
}

func containerProblems(container object, volumes map[string]bool, named map[string]object, settings settings) []string {
	var problems []string
	if !regexp.MustCompile(`^[^\s:]+(/[^\s:]+)*:[^\s:]+$`).MatchString(container.text("image")) {
		problems = append(problems, "image "+container.text("image")+" has no tag")
	}
	if container.at("securityContext")["readOnlyRootFilesystem"] != true {
		problems = append(problems, "its root file system can be written to")
	}
	ports := map[string]bool{}
	for _, port := range container.list("ports") {
		name := port.text("name")
		if ports[name] || name == "" || len(name) > 15 {
			problems = append(problems, "port name "+name+" is missing, too long or used twice")
		}
		ports[name] = true
		if number, isNumber := port["containerPort"].(int); !isNumber || number < 1 || number > 65535 {
			problems = append(problems, fmt.Sprintf("port %s is %v", name, port["containerPort"]))
		}
	}
	for _, probe := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
		request := container.at(probe, "httpGet")
		if !ports[fmt.Sprint(request["port"])] {
			problems = append(problems, fmt.Sprintf("%s asks port %v, which the container does not name", probe, request["port"]))
		}
	}
	for _, mount := range container.list("volumeMounts") {
		if !volumes[mount.text("name")] {
			problems = append(problems, "mounts "+mount.text("name")+", which is no volume of the pod")
		}
	}
	for _, source := range container.list("envFrom") {
		name := object(source.at("configMapRef")).text("name")
		if name != "" && named["ConfigMap/"+name] == nil {
			problems = append(problems, "takes its environment from ConfigMap "+name+", which is not there")
		}
	}
	seen := map[string]bool{}
	for _, variable := range container.list("env") {
		name := variable.text("name")
		if seen[name] || !envName.MatchString(name) {
			problems = append(problems, "environment name "+name+" is not valid or used twice")
		}
		seen[name] = true
		if !settings.knows(name) {
			problems = append(problems, "environment name "+name+" is no setting of the application")
		}
	}
	for _, kind := range []string{"requests", "limits"} {
		for resource, value := range container.at("resources", kind) {
			if !quantity.MatchString(fmt.Sprint(value)) {
				problems = append(problems, fmt.Sprintf("%s of %s is %v", kind, resource, value))
			}
		}
	}
	return problems
}

func configMapProblems(o object, settings settings) []string {
	var problems []string
	for key, value := range o.at("data") {
		text, isText := value.(string)
		switch {
		case !isText:
			problems = append(problems, fmt.Sprintf("%s is %v, not a string", key, value))
		case exponential.MatchString(text):
			problems = append(problems, fmt.Sprintf("%s is %s: write the number in quotes in the values", key, text))
		case !envName.MatchString(key):
			problems = append(problems, key+" is no name for an environment variable")
		case !settings.knows(key):
			problems = append(problems, key+" is no setting of the application")
		}
	}
	sort.Strings(problems)
	return problems
}

// referenceProblems looks at everything that names pods or ports of the one Deployment.
func referenceProblems(objects []object, named map[string]object) []string {
	var problems []string
	var deployment object
	for _, o := range objects {
		if o.kind() == "Deployment" {
			deployment = o
		}
	}
	labels := deployment.at("spec", "template", "metadata", "labels")
	ports := map[string]bool{}
	for _, container := range object(deployment.at("spec", "template", "spec")).list("containers") {
		for _, port := range container.list("ports") {
			ports[port.text("name")] = true
		}
	}
	account := object(deployment.at("spec", "template", "spec")).text("serviceAccountName")
	for _, o := range objects {
		where := o.kind() + "/" + o.name()
		var selector map[string]interface{}
		switch o.kind() {
		case "Service":
			selector = o.at("spec", "selector")
			for _, port := range object(o.at("spec")).list("ports") {
				if !ports[port.text("targetPort")] {
					problems = append(problems, where+": targets port "+port.text("targetPort")+", which no container names")
				}
			}
			for _, other := range objects {
				if other.kind() == "Pod" && contains(other.at("metadata", "labels"), selector) {
					problems = append(problems, where+": would send requests to Pod "+other.name())
				}
			}
		case "PodDisruptionBudget":
			selector = o.at("spec", "selector", "matchLabels")
		case "NetworkPolicy":
			selector = o.at("spec", "podSelector", "matchLabels")
			for _, rule := range object(o.at("spec")).list("ingress") {
				for _, port := range rule.list("ports") {
					if !ports[port.text("port")] {
						problems = append(problems, where+": opens port "+port.text("port")+", which no container names")
					}
				}
			}
		case "HorizontalPodAutoscaler":
			target := object(o.at("spec", "scaleTargetRef"))
			if named[target.text("kind")+"/"+target.text("name")] == nil {
				problems = append(problems, where+": scales something that is not there")
			}
			continue
		case "ServiceAccount":
			if o.name() != account {
				problems = append(problems, where+": is not the account of the pods, "+account)
			}
			continue
		default:
			continue
		}
		if len(selector) == 0 || !contains(labels, selector) {
			problems = append(problems, where+": its selector does not match the pods")
		}
	}
	return problems
}

func (o object) kind() string { return o.text("kind") }

func (o object) name() string { return object(o.at("metadata")).text("name") }

func (o object) text(key string) string {
	if o[key] == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprint(o[key]))
}

// at follows the keys down; a path that is not there is an empty map.
func (o object) at(keys ...string) map[string]interface{} {
	current := map[string]interface{}(o)
	for _, key := range keys {
		current, _ = current[key].(map[string]interface{})
	}
	return current
}

func (o object) list(key string) []object {
	items, _ := o[key].([]interface{})
	var objects []object
	for _, item := range items {
		if m, isMap := item.(map[string]interface{}); isMap {
			objects = append(objects, m)
		}
	}
	return objects
}

func contains(all, some map[string]interface{}) bool {
	for key, value := range some {
		if all[key] != value {
			return false
		}
	}
	return true
}
