#!/bin/sh
# What the boundaries of every project depend on beside its own files: which projects and packages there are, what they are
# called, and which repository it is, in one form however it is reached. Nx runs this before it looks into its cache, at
# every command: a few listings take a tenth of what it takes to start Node. src/boundaries/units.ts reads the same.
export LC_ALL=C
# A pattern that nothing matches stands for itself, always alike.
echo projects/*/pyproject.toml projects/*/fabrica.yaml packages/*/pyproject.toml packages/*/package.json
# No version: a new one of a package changes what is recommended, not what is refused.
grep -E '^[[:space:]]*"?name"?[[:space:]]*[:=]' packages/*/pyproject.toml packages/*/package.json 2>/dev/null
git config --get-regexp '^remote\..*url$' | sed -E \
  -e 's/^[^ ]+ //' -e 's#^[a-z+]+://##' -e 's#^[^@/]*@##' -e 's#^([^/:]+):([0-9]+/)?/*#\1/#' -e 's#/+$##' -e 's#\.git$##' \
  -e y/ABCDEFGHIJKLMNOPQRSTUVWXYZ/abcdefghijklmnopqrstuvwxyz/
