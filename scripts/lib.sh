# Shared by the scripts: where the project is, how steps are announced, how failures name their remedy.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '\n==> %s\n' "$*"; }
fail() { printf '\ngaze: %s\n' "$*" >&2; exit 1; }

# Runs a command as root: directly, or by sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"
  else fail "this step needs root: run it as root, or install sudo."; fi
}

# Installs those of the named Debian packages that are missing.
install_packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then echo "all there"; return; fi
  command -v apt-get >/dev/null ||
    fail "apt-get is not here (this script knows Debian and Ubuntu). Install by your own means: ${missing[*]}"
  echo "installing ${missing[*]}"
  as_root apt-get update -qq || fail "the package lists could not be fetched; check the network and /etc/apt/sources.list."
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    fail "apt-get could not install ${missing[*]}; see the error above."
}

# Builds the program and sets `gaze` to its path. Swift's own libraries are linked statically: it starts sooner, and runs
# on machines without the toolchain. Without debug information a tenth less is compiled, and the program is a third smaller;
# the trace of a crash still names its functions.
build_gaze() {
  local build=(-c release --static-swift-stdlib -debug-info-format none --product gaze)
  swift build "${build[@]}" || fail "the build failed; see the error above."
  gaze="$(swift build "${build[@]}" --show-bin-path)/gaze"
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
    *) fail "Gaze needs Swift 6.2 or later; this is Swift ${version:-of an unknown version}." ;;
  esac
}
