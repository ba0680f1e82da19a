"""A bare Debian 12 with the Swift toolchain, a user who may use sudo, and their checkout."""

import os
import shutil
import subprocess
from pathlib import Path

from debian import PROJECT, Debian

#: What swift.org lists for Debian 12.
SWIFT_NEEDS = ("binutils-gold gcc git libc6-dev libcurl4-openssl-dev libedit2 libgcc-12-dev libncurses6 libpython3-dev "
               "libsqlite3-0 libstdc++-12-dev libxml2-dev libz3-dev pkg-config tzdata uuid-dev zlib1g-dev").split()
USER = "somebody"
CHECKOUT = f"/home/{USER}/gaze"


def toolchain():
    """The folder that holds the toolchain's `usr`."""
    if path := os.environ.get("GAZE_SWIFT"):
        return Path(path)
    swift = shutil.which("swift")
    return Path(swift).resolve().parents[2] if swift else None


class Machine(Debian):
    def __init__(self, folder, swift):
        super().__init__(folder)
        self.mounts = {swift: "/opt/swift"}
        self.install_packages("sudo", "ca-certificates", *SWIFT_NEEDS)
        done = self.run("useradd", "--create-home", "--shell", "/bin/bash", USER)
        assert done.returncode == 0, done.stderr
        (self.root / "etc/sudoers.d/somebody").write_text(f"{USER} ALL=(ALL) NOPASSWD: ALL\n")
        self.take_settings_along()
        self.check_out()

    def install_packages(self, *names):
        for arguments in (("update",), ("install", "--yes", "--no-install-recommends", *names)):
            done = self.run("apt-get", *arguments)
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    def take_settings_along(self):
        """How this machine reaches packages, where it is told to reach them in a way of its own."""
        for path in ("/etc/gitconfig", "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt"):
            if Path(path).exists():
                (self.root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, self.root / path[1:])
        for folder in git_mirrors():
            self.mounts[Path(folder)] = folder
            # They belong to root, and git reads from nobody else's folders unasked.
            with open(self.root / "etc/gitconfig", "a") as settings:
                settings.write("[safe]\n\tdirectory = *\n")

    def check_out(self):
        """What is committed, as a clone has it."""
        home = self.root / CHECKOUT[1:]
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", f"file://{PROJECT}", home], check=True)
        self.run("chown", "--recursive", f"{USER}:{USER}", CHECKOUT)

    def as_user(self, script, *, before="", swift="/opt/swift/usr/bin", user=USER):
        """The command that runs a script as the user, in the checkout; `before` runs as root, in mounts that end with
        the command.
        """
        script = f"cd {CHECKOUT} && {script}"
        path = ":".join(filter(None, [swift, "/usr/local/bin:/usr/bin:/bin"]))
        become = ["setpriv", "--reuid", user, "--regid", user, "--init-groups", "env", "-i", f"HOME=/home/{user}",
                  f"PATH={path}", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "bash", "-c", script]
        mounts = "".join(f'mkdir -p "{self.root}{inside}" && mount --bind "{outside}" "{self.root}{inside}" && '
                         for outside, inside in self.mounts.items())
        inside = f'mount -t proc proc "{self.root}/proc" && mount -t tmpfs tmpfs "{self.root}/tmp" && ' \
                 f'mount --rbind /dev "{self.root}/dev" && {mounts}'
        return ["unshare", "--mount", "--propagation", "private", "bash", "-c",
                f'{inside}{before + " && " if before else ""}exec chroot "{self.root}" "$@"', "-", *become]

    def try_as_user(self, script, **how):
        """Runs it to its end."""
        return subprocess.run(self.as_user(script, **how), capture_output=True, text=True)


def git_mirrors():
    """The folders that git reads on this machine in place of addresses."""
    said = subprocess.run(["git", "config", "--get-regexp", r"^url\..*\.insteadof$"], capture_output=True, text=True)
    names = {line.split(" ", 1)[0] for line in said.stdout.splitlines()}
    folders = {name.removeprefix("url.").removesuffix(".insteadof").rstrip("/") for name in names}
    return sorted(folder for folder in folders if folder.startswith("/"))
