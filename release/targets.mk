# Targets of a release; the Makefile includes them.

RELEASE := build/release
.PHONY: wheel sdist emulated abi3-speed pins

wheel: $(RELEASE)/.tools  ## build this machine's wheels, audit them, install and test them on every Python found (WHOLE=1: the whole suite)
	$(RELEASE)/bin/python -m release.wheel
	$(RELEASE)/bin/python -m release.clean $(if $(WHOLE),--whole)

sdist: $(RELEASE)/.tools  ## build that sdist as others will: no network, no OpenMP, clang, hostile flags
	$(RELEASE)/bin/python -m release.sources

emulated: $(RELEASE)/.tools  ## run that wheel on older processors, and a cross build on aarch64, under qemu-user
	$(RELEASE)/bin/python -m release.emulated

abi3-speed: $(RELEASE)/.tools  ## time that wheel beside a build for one Python, in turns
	$(RELEASE)/bin/python -m release.speed

pins: $(RELEASE)/.tools  ## take the newest versions of the release's tools, with their hashes
	for set in build tools; do $(RELEASE)/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-emit-index-url --no-annotate --custom-compile-command 'make pins' --output-file release/$$set.txt release/$$set.in; done

# Pinned and hashed, and apart from what tests: what makes a release.
$(RELEASE)/.tools: release/tools.txt
	$(PYTHON) -m venv --clear $(RELEASE)
	$(RELEASE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r release/tools.txt
	@touch $@
