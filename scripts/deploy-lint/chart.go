package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/xeipuuv/gojsonschema"
	"gopkg.in/yaml.v3"
)

// lintChart renders the chart with every values file in its ci/ folder, and checks the outcome of each.
func lintChart(r *report, settingsFile, folder, out string) error {
	settings, err := readSettings(settingsFile)
	if err != nil {
		return err
	}
	c, err := readChart(folder)
	if err != nil {
		return err
	}
	schema, err := readSchema(filepath.Join(folder, "values.schema.json"))
	if err != nil {
		return err
	}
	r.result(folder+": Chart.yaml", metadataProblems(c.metadata))
	r.result(folder+": every value has a schema", missingFromSchema(schema, c.values))
	r.result(folder+": values.yaml by itself is refused, because it names no Kafka, Redis or Secret", refusalProblems(c))

	files, err := filepath.Glob(filepath.Join(folder, "ci", "*-values.yaml"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("%s has no ci/*-values.yaml to render with", folder)
	}
	for _, file := range files {
		over, err := readYAML(file)
		if err != nil {
			return err
		}
		values := merge(c.values, over)
		r.result(file+": values fit the schema", schemaProblems(schema, values))
		objects, err := c.objects(values)
		if err != nil {
			r.result(file+": renders", []string{err.Error()})
			continue
		}
		r.result(fmt.Sprintf("%s: renders to %d objects", file, len(objects)), nil)
		freeSettings, _ := values["settings"].(map[string]interface{})
		checkManifests(r, file, objects, settings.with(freeSettings))
		if out != "" {
			if err := writeJSON(filepath.Join(out, strings.TrimSuffix(filepath.Base(file), ".yaml")+".json"), objects); err != nil {
				return err
			}
		}
	}
	return nil
}

// objects renders the chart and reads every document that comes out, but for the notes.
func (c *chart) objects(values map[string]interface{}) ([]object, error) {
	rendered, err := c.render(values)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(rendered))
	for name := range rendered {
		if !strings.HasSuffix(name, ".txt") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var objects []object
	for _, name := range names {
		documents, err := parseManifests(rendered[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", name, err, rendered[name])
		}
		objects = append(objects, documents...)
	}
	return objects, nil
}

func parseManifests(text string) ([]object, error) {
	var objects []object
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var document map[string]interface{}
		if err := decoder.Decode(&document); err != nil {
			if err.Error() == "EOF" {
				return objects, nil
			}
			return nil, err
		}
		if document != nil {
			objects = append(objects, object(document))
		}
	}
}

func lintManifestFiles(r *report, settingsFile string, files []string) error {
	settings, err := readSettings(settingsFile)
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		objects, err := parseManifests(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		checkManifests(r, filepath.Base(file), objects, settings.open())
	}
	return nil
}

func metadataProblems(metadata map[string]interface{}) []string {
	var problems []string
	for _, key := range []string{"apiVersion", "name", "version", "appVersion", "description", "type"} {
		if metadata[key] == nil {
			problems = append(problems, "lacks "+key)
		}
	}
	if metadata["apiVersion"] != "v2" {
		problems = append(problems, "apiVersion is not v2")
	}
	return problems
}

// refusalProblems makes sure that a release which forgets its surroundings is refused, with a message that names the value to set.
func refusalProblems(c *chart) []string {
	var problems []string
	complete := map[string]map[string]interface{}{
		"kafka.bootstrapServers": {"kafka": map[string]interface{}{"bootstrapServers": "kafka:9092"}},
		"clustering.redis":       {"clustering": map[string]interface{}{"redis": "redis:6379"}},
		"existingSecret":         {"existingSecret": "analytics"},
	}
	for missing := range complete {
		values := c.values
		for name, value := range complete {
			if name != missing {
				values = merge(values, value)
			}
		}
		_, err := c.render(values)
		if err == nil {
			problems = append(problems, "renders without "+missing)
		} else if !strings.Contains(err.Error(), "set "+missing) {
			problems = append(problems, "without "+missing+" says: "+err.Error())
		}
	}
	return problems
}

func readSchema(file string) (map[string]interface{}, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	schema := map[string]interface{}{}
	if err := json.Unmarshal(text, &schema); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return schema, nil
}

func schemaProblems(schema, values map[string]interface{}) []string {
	result, err := gojsonschema.Validate(gojsonschema.NewGoLoader(schema), gojsonschema.NewGoLoader(values))
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	for _, problem := range result.Errors() {
		problems = append(problems, problem.String())
	}
	return problems
}

func missingFromSchema(schema, values map[string]interface{}) []string {
	properties, _ := schema["properties"].(map[string]interface{})
	problems := schemaProblems(schema, values)
	for name := range values {
		if properties[name] == nil {
			problems = append(problems, name+" is not in values.schema.json")
		}
	}
	for name := range properties {
		if values[name] == nil && name != "global" {
			problems = append(problems, name+" is in values.schema.json but not in values.yaml")
		}
	}
	return problems
}

func writeJSON(file string, value interface{}) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
