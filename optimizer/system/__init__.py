"""The machine: processes, channels, confinement, files that are whole or not there at all."""
