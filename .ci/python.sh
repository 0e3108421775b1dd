#!/usr/bin/env bash
# Makes .venv with what the Python examples, the tests of the Python helper and those of log files need; run again, it only
# checks. What the log files need (.ci/log-files.txt) adds about 20 s and 300 MB.
#
# On x86-64 Linux plain pip gets a torch that is linked against CUDA's libraries and does not load without them: 2.8 GB
# to fetch. Where pip is set up with a source of CPU-only wheels it takes those (2.13.0+cpu) by itself.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

if ! "$python" -m pip --version >/dev/null 2>&1; then
  for base in python3.11 python3; do
    "$base" -m venv --clear .venv >/dev/null 2>&1 && break
  done
fi
if ! "$python" -m pip --version >/dev/null 2>&1; then
  echo "no Python here can make a virtual environment (on Debian: python3-venv)" >&2
  exit 1
fi
"$python" -m pip install --quiet --disable-pip-version-check --no-compile \
  -r examples/pytorch/requirements.txt -r examples/huggingface/requirements.txt -r clients/python/requirements-test.txt \
  -r .ci/log-files.txt
"$python" -c 'import platform, torch, transformers
print("python", platform.python_version(), "torch", torch.__version__, "transformers", transformers.__version__)'
