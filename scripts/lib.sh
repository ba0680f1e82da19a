# Shared by the scripts: where the project is, how steps are announced, how failures name their remedy.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '\n==> %s\n' "$*"; }
fail() { printf '\ngaze: %s\n' "$*" >&2; exit 1; }

# Runs a command as root: directly, or by sudo.
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else command -v sudo >/dev/null && sudo "$@"; fi; }

# Installs those of the named Debian packages that are missing.
install_packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then echo "all there"; return; fi
  command -v apt-get >/dev/null ||
    fail "apt-get is not here (this script knows Debian and Ubuntu). Install by your own means: ${missing[*]}"
  as_root true ||
    fail "packages are missing, and installing them needs root. Let somebody who is root run this, then try again:
  apt-get install --no-install-recommends ${missing[*]}"
  echo "installing ${missing[*]}"
  # Without a network, and with one broken source among good ones, this says so and goes on; what counts is the next step.
  as_root apt-get update -qq || true
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    fail "apt-get could not install packages; see the error above. Check the network and /etc/apt/sources.list, or install
these by your own means: ${missing[*]}"
}

# Builds the program and sets `gaze` to its path. Swift's own libraries are linked statically: it starts sooner, and runs
# on machines without the toolchain. Without debug information a tenth less is compiled, and the program is a third smaller;
# the trace of a crash still names its functions.
build_gaze() {
  local build=(-c release --static-swift-stdlib -debug-info-format none --product gaze)
  require_space 2000
  swift build "${build[@]}" ||
    fail "the build failed; see the error above. Where it is about fetching a package, check the network; what has been
fetched and built is kept, so run this again."
  gaze="$(swift build "${build[@]}" --show-bin-path)/gaze"
}

# A build that runs out of space fails in the linker, with words of its own.
require_space() {
  local megabytes
  mkdir -p .build 2>/dev/null || fail "$PWD cannot be written; take a checkout of your own."
  [ -w .build ] || fail "$PWD/.build belongs to somebody else; remove it, or take a checkout of your own."
  megabytes=$(df --output=avail --block-size=1M .build | tail -n 1)
  [ -n "$(ls -A .build/release 2>/dev/null)" ] || [ "$megabytes" -ge "$1" ] ||
    fail "a build takes some $1 MB in $PWD/.build, and $((megabytes)) MB are free. Make room, or take a checkout elsewhere."
}

require_swift() {
  command -v swift >/dev/null ||
    fail "the Swift toolchain is not on the PATH. Install Swift 6.2 or later (swift.org/install/linux) and run this again."
  local words version
  words=$(swift --version 2>&1) ||
    fail "the Swift toolchain does not run. Install the system packages that swift.org/install/linux lists for it. It says: $words"
  version=$(sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' <<<"$words" | head -n 1)
  case "$version" in
    6.[2-9]* | 6.[1-9][0-9]* | [7-9].* | [1-9][0-9].*) echo "Swift $version" ;;
    *) fail "Gaze needs Swift 6.2 or later; $(command -v swift) is Swift ${version:-of an unknown version}. Install another
(swift.org/install/linux) and put it first on the PATH." ;;
  esac
}
