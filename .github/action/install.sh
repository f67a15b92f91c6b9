#!/usr/bin/env bash
# Puts realint on the path of the following steps: the release for this machine, with its checksum
# verified; where there is no such release, the source that came with the action is built.
#
# VERSION: the release, or nothing for that of the action; ACTION_PATH: the action's checkout;
# RUNNER_TEMP, GITHUB_PATH: set by GitHub. RELEASES: where releases are (for tests).
set -euo pipefail

releases=${RELEASES:-https://github.com/realint/realint/releases/download}
version=${VERSION:-}
version=${version#v}
if [[ -z $version ]]; then
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$ACTION_PATH/Cargo.toml" | head -n 1)
fi
if [[ ! $version =~ ^[0-9]+\.[0-9]+\.[0-9]+([-+.0-9A-Za-z]*)$ ]]; then
    echo "::error::\`$version\` is no version of realint; 0.1.0 would be one"
    exit 2
fi

case "$(uname -s)-$(uname -m)" in
Linux-x86_64) target=x86_64-unknown-linux-musl ;;
Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-musl ;;
Darwin-x86_64) target=x86_64-apple-darwin ;;
Darwin-arm64) target=aarch64-apple-darwin ;;
MINGW*-x86_64 | MSYS*-x86_64) target=x86_64-pc-windows-msvc ;;
*) target= ;;
esac

home=$RUNNER_TEMP/realint
mkdir -p "$home"
name=realint-v$version-$target
archive=$name.tar.gz
fetch() {
    curl --fail --silent --show-error --location --retry 3 --output "$home/$1" "$releases/v$version/$1"
}
hash_of() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

if [[ -n $target ]] && fetch "$archive" && fetch "$archive.sha256"; then
    wanted=$(cut -d ' ' -f 1 "$home/$archive.sha256")
    found=$(hash_of "$home/$archive")
    if [[ $wanted != "$found" ]]; then
        echo "::error::$archive is not what was released: its SHA-256 is $found and should be $wanted"
        exit 2
    fi
    tar -xzf "$home/$archive" -C "$home" --strip-components 1
    bin=$home
elif [[ -n ${VERSION:-} ]]; then
    echo "::error::realint $version has no release for $(uname -s) on $(uname -m)"
    exit 2
else
    echo "::notice::realint $version has no release for $(uname -s) on $(uname -m): building it from source"
    cargo install --locked --path "$ACTION_PATH" --root "$home" --force
    bin=$home/bin
fi
"$bin/realint" --version
echo "$bin" >>"$GITHUB_PATH"
