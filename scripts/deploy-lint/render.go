package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

// chart is a Helm chart as read from its folder.
type chart struct {
	folder    string
	metadata  map[string]interface{}
	values    map[string]interface{}
	templates map[string]string
}

func readChart(folder string) (*chart, error) {
	c := &chart{folder: folder, templates: map[string]string{}}
	var err error
	if c.metadata, err = readYAML(filepath.Join(folder, "Chart.yaml")); err != nil {
		return nil, err
	}
	if c.values, err = readYAML(filepath.Join(folder, "values.yaml")); err != nil {
		return nil, err
	}
	root := filepath.Join(folder, "templates")
	err = filepath.Walk(root, func(file string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		relative, _ := filepath.Rel(folder, file)
		c.templates[path.Join(c.name(), filepath.ToSlash(relative))] = string(text)
		return err
	})
	return c, err
}

func (c *chart) name() string {
	return fmt.Sprint(c.metadata["name"])
}

// render gives each template's output by the template's path. A value that the templates use but values.yaml does not have is an
// error here, where helm would print nothing: a name that is misspelled shows up.
func (c *chart) render(values map[string]interface{}) (map[string]string, error) {
	all := template.New("chart").Option("missingkey=error")
	all.Funcs(helmFunctions(all))
	names := make([]string, 0, len(c.templates))
	for name, text := range c.templates {
		if _, err := all.New(name).Parse(text); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	sort.Strings(names)
	output := map[string]string{}
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		var text bytes.Buffer
		if err := all.ExecuteTemplate(&text, name, c.context(name, values)); err != nil {
			return nil, err
		}
		output[name] = text.String()
	}
	return output, nil
}

// context is what a template sees as its dot.
func (c *chart) context(name string, values map[string]interface{}) map[string]interface{} {
	metadata := map[string]interface{}{}
	for key, value := range c.metadata {
		metadata[strings.ToUpper(key[:1])+key[1:]] = value
	}
	return map[string]interface{}{
		"Values": values,
		"Chart":  metadata,
		"Release": map[string]interface{}{
			"Name": "test-release", "Namespace": "test-namespace", "Service": "Helm",
			"IsInstall": true, "IsUpgrade": false, "Revision": float64(1),
		},
		"Template":     map[string]interface{}{"Name": name, "BasePath": path.Join(c.name(), "templates")},
		"Capabilities": map[string]interface{}{"KubeVersion": map[string]interface{}{"Version": "v1.30.0", "Major": "1", "Minor": "30"}},
	}
}

// helmFunctions is sprig without the two functions that Helm leaves out, and with those that Helm adds and charts commonly use.
func helmFunctions(all *template.Template) template.FuncMap {
	functions := sprig.TxtFuncMap()
	delete(functions, "env")
	delete(functions, "expandenv")
	functions["include"] = func(name string, dot interface{}) (string, error) {
		var text bytes.Buffer
		err := all.ExecuteTemplate(&text, name, dot)
		return text.String(), err
	}
	functions["tpl"] = func(text string, dot interface{}) (string, error) {
		clone, err := all.Clone()
		if err != nil {
			return "", err
		}
		parsed, err := clone.New("tpl").Parse(text)
		if err != nil {
			return "", err
		}
		var output bytes.Buffer
		err = parsed.Execute(&output, dot)
		return output.String(), err
	}
	functions["required"] = func(message string, value interface{}) (interface{}, error) {
		if text, isText := value.(string); value == nil || isText && text == "" {
			return nil, fmt.Errorf("%s", message)
		}
		return value, nil
	}
	functions["lookup"] = func(string, string, string, string) (map[string]interface{}, error) {
		return map[string]interface{}{}, nil
	}
	functions["toYaml"] = toYAML
	functions["fromYaml"] = func(text string) (map[string]interface{}, error) { return parseYAML([]byte(text)) }
	return functions
}

// toYAML goes by way of JSON, as Helm does, so that a whole number stays a whole number.
func toYAML(value interface{}) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	var plain interface{}
	if err := yaml.Unmarshal(text, &plain); err != nil {
		return "", err
	}
	var output bytes.Buffer
	encoder := yaml.NewEncoder(&output)
	encoder.SetIndent(2)
	err = encoder.Encode(plain)
	return strings.TrimSuffix(output.String(), "\n"), err
}

func readYAML(file string) (map[string]interface{}, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	value, err := parseYAML(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return value, nil
}

// parseYAML goes by way of JSON because Helm does: every number in a chart's values is a floating-point number, which prints
// 1000000 as 1e+06. Rendering with whole numbers would hide that mistake.
func parseYAML(text []byte) (map[string]interface{}, error) {
	var value map[string]interface{}
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	result := map[string]interface{}{}
	return result, json.Unmarshal(plain, &result)
}

// merge lays the second map over the first; a null takes a key away, as in Helm.
func merge(under, over map[string]interface{}) map[string]interface{} {
	result := map[string]interface{}{}
	for key, value := range under {
		result[key] = value
	}
	for key, value := range over {
		nested, isMap := value.(map[string]interface{})
		below, wasMap := result[key].(map[string]interface{})
		switch {
		case value == nil:
			delete(result, key)
		case isMap && wasMap:
			result[key] = merge(below, nested)
		default:
			result[key] = value
		}
	}
	return result
}
