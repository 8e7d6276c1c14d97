#!/bin/sh
# Installs attune, a single executable, for the current user. It needs no root privileges, and runs the executable only
# after its SHA-256 matched SHA256SUMS.
#
#     sh install.sh --from https://host/releases/1.0.0       from a URL
#     sh install.sh --from /media/stick                      from a directory
#     sh install.sh --uninstall
#
# The source contains SHA256SUMS, the executables attune-<os>-<cpu>, and optionally man/*.1. The manual pages that SHA256SUMS
# lists are installed too.

# All code is in functions, and the last line calls the first one: a partially downloaded script does nothing.
set -eu

main() {
  source='' prefix='' prefix_given='' plain_http='' uninstall=''
  [ -n "${HOME:-}" ] || HOME=/
  while [ $# -gt 0 ]; do
    case $1 in
      --from) [ $# -ge 2 ] || usage_error '--from requires a directory or a URL'; source=$2; shift 2 ;;
      --from=*) source=${1#--from=}; shift ;;
      --prefix) [ $# -ge 2 ] || usage_error '--prefix requires a directory'; prefix=$2 prefix_given=1; shift 2 ;;
      --prefix=*) prefix=${1#--prefix=} prefix_given=1; shift ;;
      --allow-http) plain_http=1; shift ;;
      --uninstall) uninstall=1; shift ;;
      -h | --help) usage; return 0 ;;
      *) usage_error "unknown option '$1'" ;;
    esac
  done
  [ -n "$prefix_given" ] || prefix=$HOME/.local
  [ -n "$prefix" ] || usage_error '--prefix is empty'
  case $prefix in /*) ;; *) prefix=$(pwd)/$prefix ;; esac
  if [ -n "$uninstall" ]; then uninstall_attune; else install_attune; fi
}

usage() {
  cat <<'TEXT'
Usage: sh install.sh --from DIRECTORY|URL [--prefix DIR] [--allow-http]
       sh install.sh --uninstall [--prefix DIR]

  --from         directory or https URL with SHA256SUMS and the executables
  --prefix DIR   install DIR/bin/attune; the default is ~/.local
  --allow-http   accept a URL without https, where the checksums may be forged
  --uninstall    remove the executable and manual pages; packs and settings stay
TEXT
}

usage_error() {
  printf 'Error: %s.\n' "$1" >&2
  usage >&2
  exit 2
}

# fail STATUS MESSAGE HINT
fail() {
  printf 'Error: %s\nHint: %s\n' "$2" "$3" >&2
  exit "$1"
}

install_attune() {
  [ -n "$source" ] || usage_error '--from is required'
  check_source
  name=attune-$(target)
  bin=$prefix/bin man=$prefix/share/man/man1
  mkdir -p "$bin" || fail 10 "Cannot create $bin." 'Choose another directory with --prefix.'
  # On the same file system, so that moving the files into place is atomic.
  work=$(mktemp -d "$bin/.attune-install.XXXXXX") || fail 10 "Cannot write to $bin." 'Choose another directory with --prefix.'
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' HUP INT TERM
  fetch SHA256SUMS "$work/SHA256SUMS"
  [ -n "$(sum_of "$name")" ] || fail 4 "SHA256SUMS of $source does not list $name." 'Check which systems the release supports.'
  printf 'Installing %s from %s\n' "$name" "$source" >&2
  fetch_verified "$name"
  chmod 755 "$work/$name"
  # This fails if the C library is too old, or if the directory does not allow executables.
  version=$("$work/$name" --version 2>"$work/errors") ||
    fail 3 "$name does not run on this system: $(head -n 3 "$work/errors")" "Check the C library (glibc 2.28 or later), and that $bin allows executables."
  install_pages
  mv -f "$work/$name" "$bin/attune"
  printf 'Installed %s as %s\n' "$version" "$bin/attune" >&2
  check_path
}

# Rejects URLs without https, except for this machine's own, and removes file:// and a trailing slash.
check_source() {
  case $source in
    https://* | file://*) ;;
    http://127.0.0.1[:/]* | http://localhost[:/]* | http://\[::1\][:/]*) ;;
    http://*)
      [ -n "$plain_http" ] || fail 9 "$source does not use https, so its files may be forged." 'Use https, or accept the risk with --allow-http.' ;;
    *://*) usage_error "$source is neither a directory nor an http(s) URL" ;;
  esac
  case $source in file://*) source=${source#file://} ;; esac
  source=${source%/}
}

# Prints <os>-<cpu> of this system.
target() {
  os=$(uname -s) cpu=$(uname -m)
  case $os in
    Linux) os=linux ;;
    Darwin) os=macos ;;
    *) fail 4 "There is no executable for $os." 'Install attune with npm.' ;;
  esac
  case $cpu in
    x86_64 | amd64) cpu=x64 ;;
    aarch64 | arm64) cpu=arm64 ;;
    *) fail 4 "There is no executable for $cpu processors." 'Install attune with npm.' ;;
  esac
  # Under Rosetta, uname reports x86_64 on arm64.
  if [ "$os-$cpu" = macos-x64 ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" = 1 ]; then cpu=arm64; fi
  printf '%s-%s\n' "$os" "$cpu"
}

# fetch NAME FILE
fetch() {
  case $source in
    http://* | https://*) download "$source/$1" "$2" ;;
    *)
      [ -f "$source/$1" ] || fail 4 "$1 is not in $source." 'Check the directory that --from names.'
      cp "$source/$1" "$2" || fail 10 "Cannot copy $source/$1." 'Check free space and permissions.' ;;
  esac
}

# download URL FILE: tries up to four times, and starts over each time.
download() {
  try=1
  while :; do
    rm -f "$2"
    if download_once "$1" "$2"; then return 0; fi
    if [ $try -ge 4 ] || grep -Eq '(error: |ERROR |HTTP/1\.[01] )4(0[0-7]|1[0-8])' "$work/errors"; then
      fail 9 "Cannot download $1: $(head -n 3 "$work/errors")" 'Check the URL and the network.'
    fi
    try=$((try + 1))
    sleep "${ATTUNE_INSTALL_PAUSE:-2}"
  done
}

# download_once URL FILE: does not follow redirects from https to http.
download_once() {
  case $1 in https://*) secure=1 protocols='=https' ;; *) secure='' protocols='=https,http' ;; esac
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --proto-redir "$protocols" --connect-timeout 30 -o "$2" "$1" 2>"$work/errors"
  elif ! command -v wget >/dev/null 2>&1; then
    fail 4 'Neither curl nor wget is installed.' 'Install one of them, or copy the files to a directory and pass it with --from.'
  elif [ -n "$secure" ]; then
    # wget has no option to refuse http, so http requests go to a proxy that does not exist.
    http_proxy=http://127.0.0.1:1 wget -nv -O "$2" "$1" 2>"$work/errors"
  else
    wget -nv -O "$2" "$1" 2>"$work/errors"
  fi
}

# fetch_verified NAME: writes the file into the work directory.
fetch_verified() {
  fetch "$1" "$work/$(basename "$1")"
  expected=$(sum_of "$1") found=$(sha256 "$work/$(basename "$1")")
  [ "$expected" = "$found" ] ||
    fail 7 "The checksum of $1 from $source is $found, but SHA256SUMS lists $expected." 'Try again. If the error persists, report it to the publisher.'
}

# Prints the checksum that SHA256SUMS lists for a file, or nothing.
sum_of() {
  while read -r sum listed; do
    # sha256sum marks files that it read in binary mode with a star.
    if [ "${listed#\*}" = "$1" ]; then printf '%s\n' "$sum"; return; fi
  done <"$work/SHA256SUMS"
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sum=$(sha256sum <"$1")
  elif command -v shasum >/dev/null 2>&1; then
    sum=$(shasum -a 256 <"$1")
  elif command -v openssl >/dev/null 2>&1; then
    sum=$(openssl dgst -sha256 -r <"$1")
  else
    fail 4 'No program to compute a SHA-256 is installed.' 'Install sha256sum, shasum or openssl.'
  fi
  printf '%s\n' "${sum%% *}"
}

# Installs the manual pages that SHA256SUMS lists.
install_pages() {
  pages=''
  while read -r sum listed; do
    listed=${listed#\*}
    case $listed in
      man/*/* | man/*[!a-z0-9.-]*) ;;
      man/attune*.1) fetch_verified "$listed"; pages="$pages ${listed#man/}" ;;
    esac
  done <"$work/SHA256SUMS"
  [ -n "$pages" ] || return 0
  mkdir -p "$man"
  for page in $pages; do chmod 644 "$work/$page"; mv -f "$work/$page" "$man/$page"; done
}

check_path() {
  case ":${PATH:-}:" in
    *":$bin:"*) ;;
    *) printf "Note: %s is not on the PATH. Add this to your shell's start-up file: export PATH=\"%s:\$PATH\"\n" "$bin" "$bin" >&2 ;;
  esac
  other=$(command -v attune 2>/dev/null || :)
  case $other in
    '' | "$bin/attune") ;;
    *) printf 'Note: %s precedes it on the PATH.\n' "$other" >&2 ;;
  esac
  printf 'For shell completion, see: attune completion --help\n' >&2
}

uninstall_attune() {
  if [ ! -f "$prefix/bin/attune" ]; then
    fail 4 "attune is not installed in $prefix/bin." 'Pass the directory that it was installed to with --prefix.'
  fi
  rm -f "$prefix/bin/attune" "$prefix/share/man/man1/attune.1" "$prefix"/share/man/man1/attune-*.1
  printf 'Removed %s. Packs remain in %s.\n' "$prefix/bin/attune" "${ATTUNE_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/attune}" >&2
}

main "$@"
