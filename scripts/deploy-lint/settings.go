package main

import (
	"fmt"
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

// settings are the names that the application reads from its environment, and beginnings of names that end in a star.
type settings struct {
	names    map[string]bool
	prefixes []string
	anything bool
}

func readSettings(file string) (settings, error) {
	s := settings{names: map[string]bool{}}
	text, err := os.ReadFile(file)
	if err != nil {
		return s, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		name := strings.TrimSpace(strings.SplitN(line, "#", 2)[0])
		switch {
		case name == "":
		case strings.HasSuffix(name, "*"):
			s.prefixes = append(s.prefixes, strings.TrimSuffix(name, "*"))
		default:
			s.names[name] = true
		}
	}
	return s, nil
}

// with also accepts the names that a user of the chart passes on as they stand.
func (s settings) with(free map[string]interface{}) settings {
	names := map[string]bool{}
	for name := range s.names {
		names[name] = true
	}
	for name := range free {
		names[name] = true
	}
	return settings{names: names, prefixes: s.prefixes}
}

// open accepts every name: what came from the chart and what from its free settings can no longer be told apart.
func (s settings) open() settings {
	return settings{anything: true}
}

func (s settings) knows(name string) bool {
	if s.anything || s.names[name] {
		return true
	}
	for _, prefix := range s.prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// lintCompose checks that the silos' environment in a compose file has only settings of the application, that the silos differ in
// nothing but their ports, and that no port is published beyond this machine.
func lintCompose(r *report, settingsFile, file string) error {
	known, err := readSettings(settingsFile)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var compose struct {
		Services map[string]struct {
			Image       string
			Environment map[string]string
			Ports       []string
		}
	}
	if err := yaml.Unmarshal(text, &compose); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	var names, ports, images []string
	for name, service := range compose.Services {
		if strings.HasPrefix(name, "silo") {
			for variable := range service.Environment {
				if !known.knows(variable) {
					names = append(names, name+": "+variable+" is no setting of the application")
				}
			}
			if len(service.Environment) == 0 {
				names = append(names, name+": has no settings")
			}
		}
		for _, port := range service.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				ports = append(ports, name+": publishes "+port+" beyond this machine")
			}
		}
		if service.Image != "" && (!strings.Contains(service.Image, ":") || strings.Contains(service.Image, "latest")) {
			images = append(images, name+": "+service.Image+" would be another image tomorrow")
		}
	}
	r.result(file+": the silos' settings are the application's", names)
	r.result(file+": ports are published on loopback only", ports)
	r.result(file+": images have a version", images)
	return nil
}
