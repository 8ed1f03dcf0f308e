// Package stores has no code but tests with the build tag scoreboard, which
// lab/scoreboard runs.
package stores
