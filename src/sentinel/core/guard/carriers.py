"""Which programs run what others name, read, or only print: data."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


CARRIERS = _names(
    "sudo doas perf env nohup time command exec builtin nice ionice chrt taskset timeout gtimeout stdbuf setsid "
    "xargs parallel chroot unshare nsenter strace ltrace flock caffeinate busybox toybox npx pnpx bunx uvx "
    "pipx rtk then coproc dotenv dotenvx direnv doppler infisical op aws-vault chamber envchain envconsul sops "
    "mise asdf nix-shell nix devbox distrobox toolbox tsocks proxychains torsocks systemd-run runuser gosu "
    "su-exec fakeroot unbuffer find fd uv poetry pipenv pdm hatch bundle corepack pnpm yarn npm bun docker "
    "docker-compose podman nerdctl minikube microk8s k3s k0s not ! kubectl oc env-cmd cross-env "
    "cross-env-shell with-contenv vault-env wsl tsh lima limactl colima multipass lxc vagrant git watchexec "
    "chronic ts rtx hermit retry shipit rustup setarch linux32 linux64 valgrind perf rr pkexec setpriv prlimit numactl "
    "cpulimit firejail bwrap xvfb-run dbus-run-session faketime eatmydata setuidgid s6-setuidgid chpst sshpass ip "
    "xterm urxvt alacritty kitty konsole gnome-terminal start-stop-daemon daemonize"
)
"""Programs that run what their arguments name."""

MANAGERS = _names("npm pnpm yarn bun uv poetry pipenv pdm bundle mise asdf devbox nix docker podman nerdctl kubectl oc")
KEEPING = _names(
    "install i ci add remove rm uninstall update upgrade why info view show list ls use plugin outdated link "
    "pull tag build images inspect cp logs get describe explain config"
)
"""First words behind one of MANAGERS with which it runs none of the others."""

BEHIND = {
    "find": ("-exec", "-execdir", "-ok", "-okdir"),
    "fd": ("-x", "-X", "--exec", "--exec-batch"),
    "git": ("run", "foreach", "--exec", "-x"),
    "go": ("run",),
}
"""Carriers that run only what stands behind one of these words."""

SCRIPTED = _names(
    "eval ssh su watch script flock parallel tmux screen entr nix-shell runuser trap mosh concurrently nodemon "
    "hyperfine pwsh powershell cmd wsl vagrant sops tsh xonsh nu elvish"
)
"""Programs that hand words to a shell."""

COMMANDING = _names("-c --command --cmd --run --exec -x --shell -a --call -ex")
"""Options whose value is a script in any program, where it is one at all."""

QUERYING = _names("psql mysql mariadb sqlite3 sqlite duckdb clickhouse-client mongosh redis-cli")
"""Programs of which such an option's value is a query."""

READERS = _names("ssh su at batch crontab make gmake parallel tclsh")
"""Programs that run what they read."""

RECIPES = {
    **dict.fromkeys(("make", "gmake"), ("Makefile", "makefile", "GNUmakefile")),
    "just": ("justfile", "Justfile", ".justfile"),
}
"""Programs that run what files of these names say."""
RECIPE_OPTIONS = ("-f", "--file", "--makefile", "--justfile")

CHECKING = {"node": ("--check", "-c"), "ruby": ("-c",), "perl": ("-c",), "php": ("-l", "--syntax-check")}
"""Options with which an interpreter only checks a file."""

LOADERS = ("ld-linux", "ld-musl", "ld.so", "ld64.so")
"""Beginnings of the names of the system's loader, which starts the program that it is given."""

EXECUTED = _names(
    "PAGER GIT_PAGER MANPAGER EDITOR VISUAL GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_SSH_COMMAND GIT_EXTERNAL_DIFF "
    "GIT_ASKPASS SSH_ASKPASS PROMPT_COMMAND BROWSER LESSOPEN"
)
"""Variables that hold a command, which some program runs."""

TEXTS = _names(
    "echo printf grep egrep fgrep rg ag ack cat bat man which whereis type apropos tldr head tail less chmod "
    "chown cp mv rm ls mkdir touch wc diff shellcheck shfmt scp vi vim nvim nano ruff black isort mypy pyright flake8 "
    "pylint bandit eslint prettier tsc biome pytest jest vitest nl sort"
)
"""Programs that only read, print or move what their arguments name."""

SHELLS = _names("sh bash dash zsh ksh mksh ash fish rbash csh tcsh")

INTERPRETERS = {
    "python": "c",
    "pypy": "c",
    "ipython": "c",
    "node": "ep",
    "nodejs": "ep",
    "tsx": "ep",
    "ts-node": "ep",
    "deno": "e",
    "bun": "ep",
    "ruby": "e",
    "perl": "eE",
    "php": "r",
    "lua": "e",
    "osascript": "e",
    "expect": "c",
    "gdb": "x",
    "r": "e",
    "rscript": "e",
    "julia": "e",
    "elixir": "e",
    "groovy": "e",
    "clojure": "e",
    "jrunscript": "e",
    "erl": "l",
    "octave": "l",
    "guile": "c",
    "gnuplot": "e",
    "awk": "",
    "gawk": "",
    "mawk": "",
}
"""Programs of other languages, with the last letters of the options that code follows; without, each word is code."""

DECODERS = _names(
    "base64 base32 basenc xxd openssl gunzip gzip zcat bunzip2 bzcat unxz xzcat zstdcat gpg age uudecode rev "
    "tr rot13 caesar"
)
"""Programs that hide what a shell behind them is told."""
