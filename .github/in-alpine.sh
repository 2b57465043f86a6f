#!/bin/sh
# Runs commands on this folder in a container of Alpine, with Node and Rust: .github/in-alpine.sh 'npm test'
set -eu
exec docker run --rm -v "$PWD:/work" -w /work -e CI=true alpine sh -euxc "
  apk add --no-cache bash build-base curl git nodejs-current npm rustup
  rustup-init -y --profile minimal
  export PATH=\"\$HOME/.cargo/bin:\$PATH\"
  $1
"
