# sslpool: what can be done with a checkout.  All of it happens in .venv, which
# is made on first use; nothing is installed on the system.
#
#   make demo    an example application behind a pool, until Ctrl-C
#   make test    all tests but those of make integration
#   make check   style, format, types, news
#   make coverage
#                the tests that need no other processes, and which lines they do not reach; fails below the
#                floor in setup.cfg
#   make api     the reference of all modules, in build/api
#   make integration
#                the tests that are too long for "make test"; PART chooses some (PART=ftp), and with
#                WRITE=yes they write the pages of docs that are made of their results
#   make bench   memory and start times of a full pool, growth, and sslpool beside the
#                terminators that are installed (hitch, HAProxy, nginx, stunnel)
#   make bench-check BASE=FILE.whl
#                fails where the checkout costs more than 5 % more than another build's wheel; TESTS chooses
#                columns (TESTS="conn13 ping"), ROUNDS how many pairs of runs
#   make chaos   kills, hangs, clock steps and changes at random under checksummed traffic, for
#                SECONDS seconds; SEED chooses them
#   make soak    the live tests, those of faults, and a full pool, again and again for SOAK seconds
#   make recording
#                the messages that the tests make, in OUT, to be compared with those after a change:
#                see tests/recording/__init__.py
#   make compatibility WITH="pyOpenSSL==26.5.0"
#                what other releases of libraries break: tests in an environment with them
#   make wheel   the package, in dist/
#   make sbom    what an installation of it has, as a software bill of materials, in dist/
#   make clean   as if nothing had been made
#
# PYTHON=... names the interpreter (3.11 or later); otherwise one is looked for.

PYTHON ?=
SOAK ?= 600
SEED ?= $(shell date +%s)
SECONDS ?= 150
PART ?=
WRITE ?=
BASE ?= origin/main
OUT ?= recording.txt
ROUNDS ?= 6
TESTS ?=
WITH ?=

# All tests but those with processes of the product, and those that are too long for "make test".
units := $(filter-out tests.live,$(subst /,.,$(patsubst %.py,%,$(wildcard tests/test_*.py) \
    $(sort $(patsubst %/,%,$(dir $(wildcard tests/*/test_*.py)))))))
pythons := $(or $(strip $(PYTHON)),python3 python3.14 python3.13 python3.12 python3.11)
venv := .venv
stamp := $(venv)/made
# What the program needs, and nothing for tests; an environment that has those has this.
light := $(venv)/made-light
.PHONY: demo test check coverage api integration bench bench-check chaos soak recording compatibility wheel sbom \
    clean

demo: $(if $(wildcard $(stamp)),$(stamp),$(light))
	@exec $(venv)/bin/twistd -n --pidfile= sslpool --demo

test: $(stamp)
	@missing=$$($(venv)/bin/python -P tests/live/installed.py --needed); \
	if [ -n "$$missing" ]; then \
	    echo "make test: not installed: $$missing.  The live tests use them as clients that share no code" >&2; \
	    echo "with sslpool.  Install them, for example with: apt-get install $$missing" >&2; \
	    exit 1; \
	fi; \
	missing=$$($(venv)/bin/python -P tests/live/installed.py); \
	if [ -n "$$missing" ]; then echo "Tests that need these are skipped; apt-get install $$missing"; fi
	$(venv)/bin/python -m twisted.trial -j2 tests
	@rm -rf _trial_temp*

check: $(stamp)
	$(venv)/bin/ruff check .
	$(venv)/bin/ruff format --check .
	$(venv)/bin/mypy sslpool tests benchmarks docs
	$(venv)/bin/towncrier build --draft --version next >/dev/null
	@if git merge-base $(BASE) HEAD >/dev/null 2>&1; then \
	    echo "$(venv)/bin/towncrier check --compare-with $(BASE)"; \
	    $(venv)/bin/towncrier check --compare-with $(BASE); \
	else \
	    echo "No $(BASE) to compare with: not looked whether a news fragment is missing."; \
	fi

coverage: $(stamp)
	$(venv)/bin/python -m coverage run -m twisted.trial $(units)
	$(venv)/bin/python -m coverage report
	@rm -rf _trial_temp*

api: $(stamp)
	@$(venv)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	$(venv)/bin/pydoctor

integration: $(stamp)
	$(venv)/bin/python -m tests.integration $(PART) $(if $(WRITE),--write)
	@rm -rf _trial_temp*

bench: $(stamp)
	$(venv)/bin/python -m benchmarks.sessions
	$(venv)/bin/python -m benchmarks.compare --picture docs/comparison.svg
	$(venv)/bin/python -m benchmarks.growth

bench-check: $(stamp)
	@$(venv)/bin/python -m benchmarks.check '$(BASE)' --columns '$(TESTS)' --rounds $(ROUNDS)

chaos: $(stamp)
	$(venv)/bin/python -m tests.chaos --seed $(SEED) --seconds $(SECONDS)

soak: $(stamp)
	CRASHES=1000 $(venv)/bin/python -m twisted.trial tests.live.test_crashes
	@end=$$(($$(date +%s) + $(SOAK))); round=0; \
	while [ $$(date +%s) -lt $$end ]; do \
	    round=$$((round + 1)); echo "Round $$round"; \
	    timeout 900 $(venv)/bin/python -m twisted.trial tests.live tests.memory || exit 1; \
	    $(venv)/bin/python -m tests.integration faults || exit 1; \
	    timeout 900 $(venv)/bin/python -m benchmarks.sessions || exit 1; \
	done; \
	rm -rf _trial_temp*; echo "$$round rounds without a failure"

recording: $(stamp)
	$(venv)/bin/python -m tests.recording $(OUT)
	@rm -rf _trial_temp*

compatibility: $(stamp)
	$(venv)/bin/python -m tests.compatibility $(WITH)

wheel: $(stamp)
	@rm -rf build dist
	$(venv)/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
	@rm -rf build; ls dist/*.whl

# In an environment of its own: what is there for tests would be on the list otherwise.
sbom: wheel
	@rm -rf build/sbom; $(venv)/bin/python -m venv --without-pip build/sbom
	@$(venv)/bin/python -m pip --python build/sbom/bin/python install --quiet --disable-pip-version-check dist/*.whl
	@$(venv)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[release]'
	@$(venv)/bin/cyclonedx-py environment --output-reproducible --output-file dist/sbom.json build/sbom/bin/python
	@rm -rf build; ls dist/sbom.json

clean:
	rm -rf $(venv) build dist *.egg-info _trial_temp* .mypy_cache .ruff_cache .hypothesis .tox
	rm -f .coverage chaos.log twistd.log twistd.pid twisted/plugins/dropin.cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment; made anew, or completed, when the dependencies have changed.
define environment
	@python=; for each in $(pythons); do \
	    if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$each; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo "make: no Python 3.11 or later among: $(pythons)" >&2; exit 1; fi; \
	if ! [ -x $(venv)/bin/pip ] && ! "$$python" -m venv --clear $(venv); then \
	    echo "make: $$python cannot make an environment; on Debian, install python3-venv" >&2; exit 1; \
	fi
	@echo "Installing sslpool and what it needs into $(venv) ..."
	@$(venv)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.$(1)'
	@touch $@
endef

$(stamp): setup.cfg pyproject.toml
	$(call environment,[dev])

$(light): setup.cfg pyproject.toml
	$(call environment)
