#!/bin/sh
# Installs attune, one executable file, for the user who runs this. Nothing needs root, and nothing is run before its
# SHA-256 was found to be the one in SHA256SUMS.
#
#     sh install.sh --from https://host/releases/1.0.0       what the directory at this URL holds
#     sh install.sh --from /media/stick                      what a directory holds
#     sh install.sh --uninstall
#
# Beside SHA256SUMS and attune-<os>-<cpu> the directory may hold man/*.1, which are installed where SHA256SUMS names them.

# All of it is in functions, and the last line calls the first: of a script that arrived in part nothing is run.
set -eu

main() {
  source='' prefix='' prefix_given='' plain_http='' uninstall=''
  [ -n "${HOME:-}" ] || HOME=/
  while [ $# -gt 0 ]; do
    case $1 in
      --from) [ $# -ge 2 ] || usage_error '--from wants a directory or a URL'; source=$2; shift 2 ;;
      --from=*) source=${1#--from=}; shift ;;
      --prefix) [ $# -ge 2 ] || usage_error '--prefix wants a directory'; prefix=$2 prefix_given=1; shift 2 ;;
      --prefix=*) prefix=${1#--prefix=} prefix_given=1; shift ;;
      --allow-http) plain_http=1; shift ;;
      --uninstall) uninstall=1; shift ;;
      -h | --help) usage; return 0 ;;
      *) usage_error "there is no option '$1'" ;;
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

  --from         where SHA256SUMS and the executables are: a directory, or an https URL
  --prefix DIR   installs DIR/bin/attune; by default ~/.local
  --allow-http   also from a URL that is not https; the sums then come from whoever answers
  --uninstall    removes what this installed; packs and settings stay
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
  [ -n "$source" ] || usage_error 'nothing says where attune is'
  refuse_insecure
  name=attune-$(target)
  bin=$prefix/bin man=$prefix/share/man/man1
  mkdir -p "$bin" || fail 10 "$bin cannot be made." 'Choose another place with --prefix.'
  # On the same file system, so that what is put in place is put there in one step.
  work=$(mktemp -d "$bin/.attune-install.XXXXXX") || fail 10 "$bin cannot be written to." 'Choose another place with --prefix.'
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' HUP INT TERM
  fetch SHA256SUMS "$work/SHA256SUMS"
  [ -n "$(sum_of "$name")" ] || fail 4 "There is no $name in the SHA256SUMS of $source." "See which systems it has executables for."
  printf 'Installing %s from %s\n' "$name" "$source" >&2
  fetch_verified "$name"
  chmod 755 "$work/$name"
  # Only now, since what runs is known: a libc that is too old, or a directory that nothing may be run in.
  version=$("$work/$name" --version 2>"$work/said") ||
    fail 3 "$name does not run here: $(head -n 3 "$work/said")" 'Check the C library (glibc 2.28 or later), and that nothing forbids programs in this directory.'
  install_pages
  mv -f "$work/$name" "$bin/attune"
  printf 'Installed %s as %s\n' "$version" "$bin/attune" >&2
  check_path
}

# Says of a URL that is not https what it means to take it all the same.
refuse_insecure() {
  case $source in
    https://* | file://*) ;;
    http://127.0.0.1[:/]* | http://localhost[:/]* | http://\[::1\][:/]*) ;;
    http://*)
      [ -n "$plain_http" ] || fail 9 "$source is not https: whoever is on the way could answer." 'Use https, or give --allow-http.' ;;
    *://*) usage_error "$source is neither a directory nor a URL of the web" ;;
  esac
  case $source in file://*) source=${source#file://} ;; esac
  source=${source%/}
}

# Prints <os>-<cpu>, as executables are named.
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
    *) fail 4 "There is no executable for the processor $cpu." 'Install attune with npm.' ;;
  esac
  # Under Rosetta a Mac says that it is an older one.
  if [ "$os-$cpu" = macos-x64 ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" = 1 ]; then cpu=arm64; fi
  printf '%s-%s\n' "$os" "$cpu"
}

# fetch NAME FILE
fetch() {
  case $source in
    http://* | https://*) download "$source/$1" "$2" ;;
    *)
      [ -f "$source/$1" ] || fail 4 "There is no $1 in $source." 'Name the directory that holds it with --from.'
      cp "$source/$1" "$2" || fail 10 "$source/$1 cannot be copied." 'Check the disk and the rights over it.' ;;
  esac
}

# download URL FILE: up to four times, and what came of a try that failed is thrown away.
download() {
  try=1
  while :; do
    rm -f "$2"
    if download_once "$1" "$2"; then return 0; fi
    if [ $try -ge 4 ] || grep -Eq '(error: |ERROR |HTTP/1\.[01] )4(0[0-7]|1[0-8])' "$work/said"; then
      fail 9 "$1 cannot be downloaded: $(head -n 3 "$work/said")" 'Check the URL and the network.'
    fi
    try=$((try + 1))
    sleep "${ATTUNE_INSTALL_PAUSE:-2}"
  done
}

# A redirect must not lead from https to where anybody could answer.
download_once() {
  case $1 in https://*) secure=1 protocols='=https' ;; *) secure='' protocols='=https,http' ;; esac
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --proto-redir "$protocols" --connect-timeout 30 -o "$2" "$1" 2>"$work/said"
  elif ! command -v wget >/dev/null 2>&1; then
    fail 4 'Neither curl nor wget is here.' 'Install one of them, or bring the files on a stick and name the directory with --from.'
  elif [ -n "$secure" ]; then
    # wget cannot be told to keep to https: what is plain goes to a proxy that is none.
    http_proxy=http://127.0.0.1:1 wget -nv -O "$2" "$1" 2>"$work/said"
  else
    wget -nv -O "$2" "$1" 2>"$work/said"
  fi
}

fetch_verified() {
  fetch "$1" "$work/$(basename "$1")"
  wanted=$(sum_of "$1") found=$(sha256 "$work/$(basename "$1")")
  [ "$wanted" = "$found" ] ||
    fail 7 "$1 from $source is not what SHA256SUMS names: it has $found, and should have $wanted." 'Download it again; if it stays so, tell whoever published it.'
}

# The sum that is recorded for a name, or nothing.
sum_of() {
  while read -r sum named; do
    # A star stands before the name of what was read as a binary file.
    if [ "${named#\*}" = "$1" ]; then printf '%s\n' "$sum"; return; fi
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
    fail 4 'Nothing here can compute a SHA-256.' 'Install sha256sum, shasum or openssl.'
  fi
  printf '%s\n' "${sum%% *}"
}

# The manual, as far as SHA256SUMS names pages of it.
install_pages() {
  pages=''
  while read -r sum named; do
    named=${named#\*}
    case $named in
      man/*/* | man/*[!a-z0-9.-]*) ;;
      man/attune*.1) fetch_verified "$named"; pages="$pages ${named#man/}" ;;
    esac
  done <"$work/SHA256SUMS"
  [ -n "$pages" ] || return 0
  mkdir -p "$man"
  for page in $pages; do chmod 644 "$work/$page"; mv -f "$work/$page" "$man/$page"; done
}

check_path() {
  case ":${PATH:-}:" in
    *":$bin:"*) ;;
    *) printf "Note: %s is not on the PATH. Have this in your shell's start-up file: export PATH=\"%s:\$PATH\"\n" "$bin" "$bin" >&2 ;;
  esac
  other=$(command -v attune 2>/dev/null || :)
  case $other in
    '' | "$bin/attune") ;;
    *) printf 'Note: %s comes first on the PATH.\n' "$other" >&2 ;;
  esac
  printf 'For completion in your shell, see: attune completion --help\n' >&2
}

uninstall_attune() {
  if [ ! -f "$prefix/bin/attune" ]; then
    fail 4 "There is no attune in $prefix/bin." 'Name the directory it was installed to with --prefix.'
  fi
  rm -f "$prefix/bin/attune" "$prefix/share/man/man1/attune.1" "$prefix"/share/man/man1/attune-*.1
  printf 'Removed %s. Packs stay in %s.\n' "$prefix/bin/attune" "${ATTUNE_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/attune}" >&2
}

main "$@"
