module meshtrace.dev/tests/tools/traffic

go 1.26.0
