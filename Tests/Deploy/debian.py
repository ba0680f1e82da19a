"""A bare Debian 12 in a folder: what debootstrap makes, without a toolchain, in which commands run by chroot."""

import os
import select
import shutil
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
#: Made once for all sessions.
ARCHIVE = PROJECT / ".build/debian-12.tar"
MIRROR = "http://deb.debian.org/debian"


def obstacle():
    """Why there can be none here; None if there can."""
    if os.geteuid() != 0:
        return "this needs root, for chroot and mounts."
    missing = [tool for tool in ("debootstrap", "dpkg-deb", "unshare", "setpriv") if not shutil.which(tool)]
    if missing:
        return f"this needs {', '.join(missing)}; apt-get install debootstrap."
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        return "this needs mount namespaces, which are not to be had here."
    return None


class Debian:
    def __init__(self, folder):
        self.root = folder / "debian"
        if not ARCHIVE.exists():
            made = folder / "bootstrap"
            subprocess.run(["debootstrap", "--variant=minbase", "bookworm", made, MIRROR], check=True,
                           stdout=subprocess.DEVNULL)
            ARCHIVE.parent.mkdir(exist_ok=True)
            part = ARCHIVE.with_suffix(".part")
            subprocess.run(["tar", "--create", "--file", part, "--directory", made, "."], check=True)
            part.rename(ARCHIVE)
            shutil.rmtree(made)
        self.root.mkdir()
        subprocess.run(["tar", "--extract", "--file", ARCHIVE, "--directory", self.root], check=True)
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")

    def command(self, *arguments, confined=False):
        """What runs a command inside. Mounts are those of its own and end with it.

        - confined: as an unprivileged user who can gain nothing, with a root that cannot be written, as the service's
          unit and a container have it.
        """
        root = self.root
        script = f'mount -t proc proc "{root}/proc" && mount -t tmpfs tmpfs "{root}/tmp"'
        drop = []
        if confined:
            script = f'mount --bind "{root}" "{root}" && mount -o remount,bind,ro "{root}" && {script}'
            drop = ["setpriv", "--reuid", "10001", "--regid", "10001", "--clear-groups", "--no-new-privs",
                    "--bounding-set=-all"]
        return ["unshare", "--mount", "--propagation", "private", "bash", "-c",
                f'{script} && exec chroot "{root}" "$@"', "-", *drop, *map(str, arguments)]

    def run(self, *arguments, confined=False, environment={}, **options):
        return subprocess.run(self.command(*arguments, confined=confined), env=self.environment(environment),
                              capture_output=True, text=True, **options)

    def environment(self, more):
        return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                "DEBIAN_FRONTEND": "noninteractive", **more}

    def install(self, package):
        """By apt, with what the package depends on, from Debian alone."""
        shutil.copy(package, self.root / "package.deb")
        for arguments in (("update",), ("install", "--yes", "--no-install-recommends", "/package.deb")):
            done = self.run("apt-get", *arguments)
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


class Served:
    """`with Served(debian, "--threads", "1") as served:` runs `gaze serve` inside."""

    def __init__(self, debian, *arguments, environment={}):
        self.debian = debian
        self.arguments = arguments
        self.environment = environment

    def __enter__(self):
        command = self.debian.command("/usr/bin/gaze", "serve", "--port", "0", *self.arguments, confined=True)
        self.log = open(self.debian.root / "serve.log", "w+b")
        self.process = subprocess.Popen(command, env=self.debian.environment(self.environment), stdout=subprocess.PIPE,
                                        stderr=self.log, text=True, preexec_fn=deny_write_and_execute)
        said, _, _ = select.select([self.process.stdout], [], [], 120)
        line = self.process.stdout.readline() if said else ""
        if "ready: " not in line:
            self.__exit__()
            raise AssertionError(f"the service said {line!r}; its log: {(self.debian.root / 'serve.log').read_text()}")
        self.address = line.split("ready: ")[1].strip()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(timeout=30)
        self.log.close()


def deny_write_and_execute():
    """MemoryDenyWriteExecute of the unit, where the kernel (6.3) can be asked for it without a filter."""
    import ctypes
    PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
    ctypes.CDLL(None).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)
